import Healing
import Stack
import Testing

@Suite struct LifecycleTests {
    @Test func aServiceWithoutACheckRunsOnceStarted() {
        var talk = Dialogue()
        #expect(
            talk.tell(.configured(Dialogue.stack([.named("web")]))) == [
                .start(one("web"), run: 1), .route(service: "web", .held),
            ])
        #expect(talk.state("web") == .starting)
        #expect(talk.tell(.started(one("web"), run: 1, pid: 7)) == [.route(service: "web", .open([one("web")]))])
        #expect(talk.state("web") == .running)
        #expect(talk.report("web")?.pid == 7)
        #expect(talk.health("web") == Health.none)
    }

    @Test func aCrashIsFollowedByAStartAtOnce() {
        var talk = Dialogue(.named("web"))
        talk.tell(.started(one("web"), run: 1, pid: 7))
        #expect(
            talk.tell(.exited(one("web"), run: 1, Exit(.signal(9)))) == [
                .start(one("web"), run: 2), .route(service: "web", .held),
            ])
        #expect(talk.report("web")?.exitCode == 137)
        #expect(talk.report("web")?.lastError == "ended by SIGKILL")
        #expect(talk.report("web")?.restarts == 1)
    }

    @Test func staleEventsChangeNothing() {
        var talk = Dialogue(.named("web"))
        talk.tell(.started(one("web"), run: 1, pid: 7))
        talk.tell(.exited(one("web"), run: 1, Exit(.signal(9))))
        talk.tell(.started(one("web"), run: 2, pid: 8))
        #expect(talk.tell(.exited(one("web"), run: 1, Exit(.code(0)))).isEmpty)
        #expect(talk.tell(.started(one("web"), run: 1, pid: 7)).isEmpty)
        #expect(talk.report("web")?.pid == 8)
    }

    @Test func anEndBeforeItsStartIsThatOfAnEarlierHealersRun() {
        var talk = Dialogue(.named("web"))
        #expect(talk.tell(.exited(one("web"), run: 1, Exit(.code(0)))).isEmpty)
        #expect(talk.state("web") == .starting)
    }

    @Test func everyActComesWithItsCause() {
        var talk = Dialogue(.named("web"))
        talk.tell(.started(one("web"), run: 1, pid: 7))
        #expect(
            talk.story(.exited(one("web"), run: 1, Exit(.code(3)))) == [.exited, .restartPlanned, .restarting, .held])
    }
}
