import Healing
import Stack
import Testing

/// Signal, grace, kill; hooks; sd_notify; the way down.
@Suite struct StoppingTests {
    private static let hook = LifecycleHooks.Hook(command: ["hook"])

    private func running(_ service: Service) -> Dialogue {
        var talk = Dialogue(service)
        talk.tell(.started(InstanceID(service.name, 1), run: 1, pid: 7))
        return talk
    }

    @Test func aStopIsASignalAndAfterTheGraceAKill() {
        var talk = running(.named("web", stop: StopPolicy(signal: 3, grace: .seconds(7))))
        #expect(talk.acts(.asked(.stop(service: "web", grace: nil))) == [.signal(one("web"), run: 1, 3)])
        #expect(talk.pass(.milliseconds(6_999)).isEmpty)
        #expect(talk.pass(.milliseconds(1)).effects == [.kill(one("web"), run: 1)])
        // Should it not go, it is killed again.
        #expect(talk.pass(.seconds(5)).effects == [.kill(one("web"), run: 1)])
        talk.tell(.exited(one("web"), run: 1, Exit(.signal(9))))
        #expect(talk.state("web") == .stopped)
        #expect(talk.engine.routing(of: "web") == .refused("web is stopped by hand"))
    }

    @Test(arguments: [([String](), Duration.seconds(2)), (["data"], .seconds(10))])
    func aHungInstanceIsThawedAndGetsItsGraceInFullOnlyWithData(volumes: [String], grace: Duration) {
        var talk = running(
            .named("web", check: .exec(interval: .seconds(1), retries: 1), volumes: volumes))
        talk.pass(.seconds(1))
        #expect(
            talk.acts(.probed(one("web"), run: 1, .failed("timed out"))) == [
                .thaw(one("web"), run: 1), .signal(one("web"), run: 1, 15),
            ])
        let asked = talk.now
        let kill = talk.pass(.seconds(11)).first { $0.effect == .kill(one("web"), run: 1) }
        #expect(kill?.at == asked + grace)
    }

    @Test func aStopWaitsForAStartThatIsNotAnswered() {
        var talk = Dialogue(.named("web"))
        #expect(talk.acts(.asked(.stop(service: "web", grace: nil))).isEmpty)
        #expect(talk.state("web") == .stopping)
        #expect(talk.acts(.started(one("web"), run: 1, pid: 7)) == [.signal(one("web"), run: 1, 15)])
    }

    @Test func preStopHooksComeBeforeTheSignal() {
        var talk = running(.named("web", hooks: LifecycleHooks(preStop: [Self.hook])))
        #expect(talk.acts(.asked(.stop(service: "web", grace: nil))) == [.runHooks(one("web"), run: 1, .preStop)])
        #expect(
            talk.acts(.hooksFinished(one("web"), run: 1, .preStop, failure: "exit code 1")) == [
                .signal(one("web"), run: 1, 15)
            ])
    }

    @Test func dependentsStartAfterThePostStartHooks() {
        var talk = Dialogue(
            .named("db", hooks: LifecycleHooks(postStart: [Self.hook])), .named("app", needs: [Dependency("db")]))
        #expect(talk.acts(.started(one("db"), run: 1, pid: 7)) == [.runHooks(one("db"), run: 1, .postStart)])
        #expect(talk.state("db") == .starting)
        #expect(
            talk.acts(.hooksFinished(one("db"), run: 1, .postStart, failure: nil)) == [.start(one("app"), run: 1)])
    }

    @Test func aFailedPostStartHookIsAFailedStart() {
        var talk = Dialogue(.named("web", hooks: LifecycleHooks(postStart: [Self.hook])))
        talk.tell(.started(one("web"), run: 1, pid: 7))
        #expect(
            talk.acts(.hooksFinished(one("web"), run: 1, .postStart, failure: "exit code 1")) == [
                .thaw(one("web"), run: 1), .signal(one("web"), run: 1, 15),
            ])
        #expect(talk.acts(.exited(one("web"), run: 1, Exit(.signal(15)))) == [.start(one("web"), run: 2)])
        #expect(talk.report("web")?.lastError == "post_start failed: exit code 1")
    }

    @Test func aServiceThatNotifiesIsStartingUntilItIsReady() {
        var talk = Dialogue(.named("web", notify: true))
        talk.tell(.started(one("web"), run: 1, pid: 7))
        #expect(talk.state("web") == .starting)
        #expect(talk.engine.routing(of: "web") == .held)
        talk.tell(.ready(one("web"), run: 1))
        #expect(talk.state("web") == .running)
        #expect(talk.engine.routing(of: "web") == .open([one("web")]))
    }

    @Test func aServiceThatIsNeverReadyHasFailedAfterNinetySecondsOrMoreIfItAsks() {
        var talk = Dialogue(.named("web", notify: true))
        talk.tell(.started(one("web"), run: 1, pid: 7))
        talk.pass(.seconds(80))
        talk.tell(.extendTimeout(one("web"), run: 1, by: .seconds(30)))
        #expect(talk.pass(.seconds(29)).isEmpty)
        #expect(talk.pass(.seconds(1)).contains { $0.effect == .signal(one("web"), run: 1, 15) })
    }

    @Test func whatSaysThatItEndsIsNotAskedAnyMore() {
        var talk = running(.named("web", check: .exec(interval: .seconds(1))))
        talk.tell(.stoppingItself(one("web"), run: 1))
        #expect(talk.state("web") == .stopping)
        #expect(talk.pass(.seconds(9)).isEmpty)
        #expect(talk.acts(.exited(one("web"), run: 1, Exit(.code(0)))) == [.start(one("web"), run: 2)])
    }

    @Test func theStackGoesDownInReverse() {
        var talk = Dialogue(
            .named("db"), .named("app", needs: [Dependency("db")]), .named("web", needs: [Dependency("app")]))
        for name in ["db", "app", "web"] { talk.tell(.started(one(name), run: 1, pid: 7)) }
        #expect(talk.acts(.asked(.shutDown(grace: nil))) == [.signal(one("web"), run: 1, 15)])
        #expect(talk.acts(.exited(one("web"), run: 1, Exit(.code(0)))) == [.signal(one("app"), run: 1, 15)])
        #expect(talk.acts(.exited(one("app"), run: 1, Exit(.code(1)))) == [.signal(one("db"), run: 1, 15)])
        #expect(talk.acts(.exited(one("db"), run: 1, Exit(.code(0)))) == [.allStopped])
        #expect(talk.engine.report().allSatisfy { $0.state == .stopped })
    }

    @Test func goingDownWithNothingRunningIsDoneAtOnce() {
        var talk = Dialogue()
        talk.tell(.configured(Dialogue.stack([])))
        #expect(talk.acts(.asked(.shutDown(grace: nil))) == [.allStopped])
    }
}
