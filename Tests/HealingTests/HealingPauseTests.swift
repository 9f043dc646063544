import Healing
import Stack
import Testing

/// Hale as a whole watches and does nothing that nobody asks for.
@Suite struct HealingPauseTests {
    private static let check = HealthCheck.exec(interval: .seconds(1), retries: 1)

    private func paused(_ services: Service..., time: Duration = .seconds(60)) -> Dialogue {
        var talk = Dialogue()
        talk.tell(.configured(Dialogue.stack(services)))
        for service in services { talk.tell(.started(one(service.name), run: 1, pid: 7)) }
        #expect(talk.acts(.asked(.pauseHealing(for: time), by: "root")).isEmpty)
        return talk
    }

    @Test func whatEndsIsNotedAndStartedWhenThePauseIsOver() {
        var talk = paused(.named("web"))
        #expect(talk.story(.exited(one("web"), run: 1, Exit(.code(1)))).contains(.exited))
        #expect(talk.report("web")?.waitingOn == "Hale is paused")
        #expect(talk.report("web")?.nextActionAt == Instant.zero + .seconds(60))
        #expect(talk.pass(.seconds(59)).effects.acts.isEmpty)
        #expect(talk.pass(.seconds(1)).effects.acts == [.start(one("web"), run: 2)])
    }

    @Test func probesGoOnAndWhatIsBadIsAskedAnewFirst() {
        var talk = paused(.named("web", check: Self.check))
        #expect(talk.pass(.seconds(1)).effects.hasProbe)
        #expect(talk.acts(.probed(one("web"), run: 1, .failed("no"))).isEmpty)
        #expect(talk.health("web") == .unhealthy)
        let end = talk.tell(.asked(.pauseHealing(for: .zero)))
        #expect(end.hasProbe)
        #expect(end.acts.isEmpty)
        #expect(talk.acts(.probed(one("web"), run: 1, .failed("no"))).count == 2)
    }

    @Test func whatIsWellAgainIsLeftAlone() {
        var talk = paused(.named("web", check: Self.check))
        talk.pass(.seconds(1))
        talk.tell(.probed(one("web"), run: 1, .failed("no")))
        talk.tell(.asked(.pauseHealing(for: .zero)))
        #expect(talk.acts(.probed(one("web"), run: 1, .passed(took: .zero))).isEmpty)
        #expect(talk.health("web") == .healthy)
    }

    @Test func thePersonsOwnCommandsAreCarriedOut() {
        var talk = paused(.named("web"))
        #expect(talk.acts(.asked(.restart(service: "web", grace: nil))) == [.signal(one("web"), run: 1, 15)])
        #expect(talk.acts(.exited(one("web"), run: 1, Exit(.code(0)))) == [.start(one("web"), run: 2)])
        talk.tell(.started(one("web"), run: 2, pid: 8))
        #expect(talk.acts(.asked(.stop(service: "web", grace: nil))) == [.signal(one("web"), run: 2, 15)])
        talk.tell(.exited(one("web"), run: 2, Exit(.code(0))))
        #expect(talk.acts(.asked(.start(service: "web"))) == [.start(one("web"), run: 3)])
    }

    @Test func aChangedConfigurationIsApplied() {
        var talk = paused(.named("web"))
        let stack = Dialogue.stack([.named("web", command: "new"), .named("added")])
        #expect(
            talk.acts(.configured(stack)) == [.signal(one("web"), run: 1, 15), .start(one("added"), run: 1)])
        #expect(talk.acts(.exited(one("web"), run: 1, Exit(.code(0)))) == [.start(one("web"), run: 2)])
    }

    @Test func itOutlivesTheEngine() {
        var talk = paused(.named("web"))
        talk.tell(.exited(one("web"), run: 1, Exit(.code(1))))
        #expect(talk.engine.healingPause == HealingPause(until: .zero + .seconds(60), since: .zero, by: "root"))
        var next = Dialogue()
        next.engine.restore(pause: talk.engine.healingPause)
        next.engine.restore(histories: Array(talk.engine.histories.values))
        #expect(next.acts(.configured(Dialogue.stack([.named("web")]))).isEmpty)
        #expect(next.pass(.seconds(59)).effects.acts.isEmpty)
        #expect(next.pass(.seconds(1)).effects.acts == [.start(one("web"), run: 2)])
        #expect(next.report("web")?.lastError == "exited with code 1")
    }

    @Test func whoAskedAndWhenIsKept() {
        var talk = Dialogue(.named("web"))
        talk.wait(.seconds(5))
        talk.tell(.asked(.stop(service: "web", grace: nil), by: "root"))
        talk.wait(.seconds(5))
        talk.tell(.asked(.stop(service: "web", grace: nil), by: "another"))
        #expect(
            talk.engine.wills["web"] == OperatorWill(stopped: true, since: .zero + .seconds(5), by: "root"))
        talk.tell(.asked(.start(service: "web"), by: "root"))
        #expect(talk.engine.wills.isEmpty)
    }

    @Test func refusedConfigurationIsWrittenDown() {
        var talk = Dialogue(.named("web"))
        #expect(talk.story(.configurationRefused("line 1: no such key", by: "root")) == [.configurationRefused])
        #expect(talk.acts(.configurationRefused("line 1: no such key")).isEmpty)
    }
}
