import Control
import Stack
import Testing

@testable import Commands

@Suite struct SettlingTests {
    private func verdict(
        _ goal: Settling.Goal, _ services: [String: ServiceStatus],
        needs: [String: [String]] = ["db": [], "web": ["db"]]
    ) -> Settling.Verdict {
        Settling(goal: goal, stack: Samples.stack(needs), services: needs.keys.sorted())
            .verdict(of: Samples.status(services))
    }

    @Test func readyMeansHealthyWhereItCanBeKnown() {
        let healthy = Samples.service(Samples.instance("db-1", .running, .healthy))
        let unchecked = Samples.service(Samples.instance("web-1", .running))
        #expect(verdict(.ready, ["db": healthy, "web": unchecked]) == .reached)
        let starting = Samples.service(Samples.instance("db-1", .running, .starting))
        #expect(verdict(.ready, ["db": starting, "web": unchecked]) == .underway)
        #expect(verdict(.started, ["db": starting, "web": unchecked]) == .reached)
    }

    @Test(arguments: [
        (UpdateStatus.State.updating, Settling.Verdict.underway), (.rollingBack, .underway),
        (.paused, .failed(["web"])),
        (.rolledBack, .failed(["web"])), (.failed, .failed(["web"])),
    ])
    func anUpdateHasToComeToItsEnd(state: UpdateStatus.State, expected: Settling.Verdict) {
        var web = Samples.service(Samples.instance("web-1", .running, .healthy))
        web.update = UpdateStatus(state: state, finished: 1, total: 3, text: "updating 2 of 3")
        #expect(verdict(.ready, ["web": web], needs: ["web": []]) == expected)
        #expect(verdict(.started, ["web": web], needs: ["web": []]) == .reached)
    }

    @Test func whatIsNotKnownYetIsUnderWay() {
        #expect(verdict(.started, [:]) == .underway)
        #expect(verdict(.started, ["db": Samples.service(), "web": Samples.service()]) == .underway)
    }

    @Test func oneThatCompletedIsDone() {
        let completed = Samples.service(Samples.instance("db-1", .completed, exitCode: 0))
        let running = Samples.service(Samples.instance("web-1", .running))
        #expect(verdict(.ready, ["db": completed, "web": running]) == .reached)
    }

    @Test func whatWaitsForAFailedServiceWillNotComeAlong() {
        let failed = Samples.service(Samples.instance("db-1", .quarantined))
        let waiting = Samples.service(Samples.instance("web-1", .waiting))
        #expect(verdict(.ready, ["db": failed, "web": waiting]) == .failed(["db"]))
        #expect(verdict(.ready, ["db": failed, "web": waiting], needs: ["db": [], "web": []]) == .underway)
    }

    @Test func othersAreGivenTheirTimeBeforeAFailureIsReported() {
        let failed = Samples.service(Samples.instance("db-1", .failed))
        let starting = Samples.service(Samples.instance("web-1", .running, .starting))
        let alone: [String: [String]] = ["db": [], "web": []]
        #expect(verdict(.ready, ["db": failed, "web": starting], needs: alone) == .underway)
        let healthy = Samples.service(Samples.instance("web-1", .running, .healthy))
        #expect(verdict(.ready, ["db": failed, "web": healthy], needs: alone) == .failed(["db"]))
    }

    @Test func aProcessIsWhatStartedMeans() {
        let asked = Samples.service(Samples.instance("db-1", .starting))
        let made = Samples.service(Samples.instance("db-1", .starting, pid: 9))
        #expect(verdict(.started, ["db": asked], needs: ["db": []]) == .underway)
        #expect(verdict(.started, ["db": made], needs: ["db": []]) == .reached)
        #expect(verdict(.ready, ["db": made], needs: ["db": []]) == .underway)
    }

    @Test func servicesAreOrderedByWhatTheyNeed() {
        let stack = Samples.stack(["db": [], "cache": [], "api": ["db", "cache"], "web": ["api"]])
        #expect(ServiceOrder.layers(Array(stack.services.keys), of: stack) == [["cache", "db"], ["api"], ["web"]])
        #expect(ServiceOrder.layers(["web", "db"], of: stack) == [["db"], ["web"]])
        let circle = Samples.stack(["a": ["b"], "b": ["a"]])
        #expect(ServiceOrder.layers(["a", "b"], of: circle).flatMap { $0 }.sorted() == ["a", "b"])
    }
}
