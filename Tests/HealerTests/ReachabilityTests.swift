import Healing
import Probing
import Stack
import Testing

@testable import Healer

@Suite struct ReachabilityTests {
    private var reachability = Reachability()
    private static let silence = ProbeOutcome.failed("no answer within 2s")

    private mutating func judge(_ outside: ProbeOutcome, run: Int = 1, number: Int = 1) -> ProbeResult {
        reachability.judge(.passed(took: .zero), outside, of: InstanceID("web", number), run: run, port: 80)
    }

    @Test mutating func whoWasNeverReachedMayBeKeptFromHereOnPurpose() {
        #expect(judge(Self.silence) == .passed(took: .zero))
        #expect(judge(Self.silence) == .passed(took: .zero))
    }

    @Test mutating func whoIsReachedNoMoreIsNotWell() {
        #expect(judge(.passed(took: .zero)) == .passed(took: .zero))
        let expected = ProbeResult.failed(
            "its check passes, but port 80 is not reached from outside: no answer within 2s")
        #expect(judge(Self.silence) == expected)
        #expect(judge(Self.silence) == expected)
        #expect(judge(.passed(took: .zero)) == .passed(took: .zero))
    }

    @Test mutating func whoRefusesIsThere() {
        #expect(judge(.passed(took: .zero)) == .passed(took: .zero))
        #expect(judge(.failed("connection refused")) == .passed(took: .zero))
    }

    @Test mutating func anotherStartAndAnotherInstanceAreJudgedByThemselves() {
        #expect(judge(.passed(took: .zero)) == .passed(took: .zero))
        #expect(judge(Self.silence, run: 2) == .passed(took: .zero))
        #expect(judge(Self.silence, number: 2) == .passed(took: .zero))
        #expect(judge(.passed(took: .zero), run: 2) == .passed(took: .zero))
        #expect(judge(Self.silence, run: 2) != .passed(took: .zero))
    }

    @Test mutating func aWarningOfTheInnerCheckIsKept() {
        let inside = ProbeResult.failed("its own reason")
        #expect(reachability.judge(inside, .passed(took: .zero), of: InstanceID("web", 1), run: 1, port: 80) == inside)
    }

    @Test func onlyWhatHasANetworkAndAPortIsAsked() {
        func port(_ container: ContainerSpecification?, exposed: [UInt16] = [81, 80]) -> UInt16? {
            Reachability.port(
                of: Service(
                    name: "web", launch: LaunchSpecification(command: [], container: container), exposed: exposed))
        }
        let attached = ContainerSpecification(image: "x", networks: [ContainerAttachment(network: "a")])
        #expect(port(attached) == 81)
        #expect(port(attached, exposed: []) == nil)
        #expect(port(ContainerSpecification(image: "x")) == nil)
        #expect(port(nil) == nil)
    }
}
