import Healing
import Stack
import Testing

/// What clients meet between two probes has the instance asked at once, and no more than that.
@Suite struct FailedCallsTests {
    private static let docker = HealthCheck.exec(interval: .seconds(30), retries: 3)

    /// A service that has passed its first probe, some time ago.
    private func well(_ check: HealthCheck? = docker, _ condition: RestartPolicy.Condition = .always) -> Dialogue {
        var talk = Dialogue(.named("web", check: check, restart: RestartPolicy(condition: condition)))
        talk.tell(.started(one("web"), run: 1, pid: 7))
        if let check, check.interval > .zero { talk.pass(check.interval) }
        talk.tell(.probed(one("web"), run: 1, .passed(took: .zero)))
        talk.wait(.seconds(1))
        return talk
    }

    private static let failed = Event.callsFailed(one("web"), reason: "connection refused")

    @Test(arguments: [HealthCheck.exec(interval: .seconds(30)), .exec(interval: .seconds(30), confirm: .seconds(1))])
    func aFailedCallIsFollowedByAProbeAtOnce(check: HealthCheck) {
        var talk = well(check)
        #expect(talk.tell(Self.failed) == [.probe(one("web"), run: 1, timeout: .seconds(5))])
    }

    @Test func whoIsBeingAskedIsNotAskedTwice() {
        var talk = well()
        #expect(talk.tell(Self.failed).hasProbe)
        talk.wait(.seconds(1))
        #expect(talk.tell(Self.failed).isEmpty)
    }

    @Test func anAnswerIsFreshForATenthOfASecond() {
        var talk = well()
        talk.tell(Self.failed)
        talk.tell(.probed(one("web"), run: 1, .passed(took: .zero)))
        talk.wait(.milliseconds(100))
        #expect(!talk.tell(Self.failed).hasProbe)
        talk.wait(.milliseconds(1))
        #expect(talk.tell(Self.failed).hasProbe)
    }

    @Test func aProbeThatPassesMeansThatNothingIsDone() {
        var talk = well()
        for _ in 0..<20 {
            talk.tell(Self.failed)
            #expect(talk.acts(.probed(one("web"), run: 1, .passed(took: .zero))).isEmpty)
            talk.wait(.seconds(1))
        }
        #expect(talk.health("web") == .healthy)
        #expect(talk.report("web")?.restarts == 0)
    }

    @Test func aHungInstanceIsConvictedInSecondsAlsoWithDockersTimes() {
        var talk = well()
        for _ in 0..<2 {
            talk.tell(Self.failed)
            talk.tell(.probed(one("web"), run: 1, .failed("no")))
            talk.wait(.seconds(1))
        }
        talk.tell(Self.failed)
        let acts = talk.acts(.probed(one("web"), run: 1, .failed("no")))
        #expect(acts.contains(.signal(one("web"), run: 1, 15)))
    }

    @Test func whatHasNoCheckOrTellsOfItselfIsOnlyWrittenAbout() {
        var plain = well(nil)
        #expect(plain.tell(Self.failed).isEmpty)
        var beating = Dialogue(.named("web", check: HealthCheck(probe: .heartbeat(every: .seconds(60)))))
        beating.tell(.started(one("web"), run: 1, pid: 7))
        beating.tell(.heartbeat(one("web"), run: 1))
        #expect(beating.story(Self.failed) == [.suspected])
        #expect(beating.tell(Self.failed).isEmpty)
    }

    @Test func onlyWhatRunsIsAsked() {
        var talk = well()
        talk.tell(.asked(.pause(service: "web")))
        #expect(talk.tell(Self.failed).isEmpty)
        #expect(talk.story(Self.failed).isEmpty)
        #expect(talk.tell(.callsFailed(one("other"), reason: "x")).isEmpty)
    }

    @Test func aRowIsWrittenDownOnce() {
        var talk = well()
        let first = talk.engine.handle(Self.failed, at: talk.now)
        let entry = Entry(
            .suspected, instance: one("web"), text: "clients' calls to web-1 fail: connection refused",
            cause: "connection refused")
        #expect(first.contains(.record(entry)))
        for _ in 0..<30 {
            talk.wait(.seconds(1))
            #expect(!talk.story(Self.failed).contains(.suspected))
        }
        talk.wait(.seconds(11))
        #expect(talk.story(Self.failed).contains(.suspected))
    }

    @Test func failuresOnTheWayUpAreNeitherCountedNorSuspect() {
        var talk = Dialogue(.named("web", check: .exec(interval: .seconds(30), retries: 1)))
        talk.tell(.started(one("web"), run: 1, pid: 7))
        for _ in 0..<5 {
            talk.wait(.seconds(1))
            #expect(!talk.story(Self.failed).contains(.suspected))
            #expect(talk.acts(.probed(one("web"), run: 1, .failed("no"))).isEmpty)
        }
        #expect(talk.health("web") == .starting)
    }
}
