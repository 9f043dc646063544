import Stack
import Testing

@testable import Commands

@Suite struct SteadinessTests {
    @Test func whatNobodyCanAskCountsOnceItHasRunForAMoment() {
        var steadiness = Steadiness(services: ["db", "web"])
        func verdict(webs pid: Int32, after milliseconds: Int64) -> Settling.Verdict {
            let status = Samples.status([
                "db": Samples.service(Samples.instance("db-1", .running, .healthy, pid: 1)),
                "web": Samples.service(Samples.instance("web-1", .running, pid: pid)),
            ])
            return steadiness.confirm(.reached, of: status, at: .zero + .milliseconds(milliseconds))
        }
        #expect(verdict(webs: 2, after: 0) == .underway)
        // It has ended and was started again in between.
        #expect(verdict(webs: 3, after: 400) == .underway)
        #expect(verdict(webs: 3, after: 600) == .underway)
        #expect(verdict(webs: 3, after: 900) == .reached)
    }

    @Test func whatIsAskedIsBelievedAtOnce() {
        var steadiness = Steadiness(services: ["db"])
        let status = Samples.status(["db": Samples.service(Samples.instance("db-1", .running, .healthy, pid: 1))])
        #expect(steadiness.confirm(.reached, of: status, at: .zero) == .reached)
        #expect(steadiness.confirm(.failed(["db"]), of: status, at: .zero) == .failed(["db"]))
    }
}
