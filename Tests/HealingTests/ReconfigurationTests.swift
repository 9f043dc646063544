import Healing
import Stack
import Testing

/// A new configuration is a difference; a process that lives is kept where it can be.
@Suite struct ReconfigurationTests {
    private func running(_ services: [Service]) -> Dialogue {
        var talk = Dialogue()
        talk.tell(.configured(Dialogue.stack(services)))
        for _ in services {
            for report in talk.engine.report() where report.state == .starting && report.pid == nil {
                talk.tell(.started(report.id, run: report.run, pid: Int32(10 + report.id.number)))
            }
        }
        return talk
    }

    private func adopted(_ service: Service, pid: Int32 = 7, run: Int = 4) -> Event {
        .adopted(
            one(service.name), AdoptedProcess(pid: pid, run: run, startedAt: .zero, launch: service.launch))
    }

    @Test func theSameTwiceChangesNothing() {
        let services = [Service.named("db"), .named("app", needs: [Dependency("db")])]
        var talk = running(services)
        #expect(talk.tell(.configured(Dialogue.stack(services))).isEmpty)
    }

    @Test func aChangedLaunchReplacesOnlyThatService() {
        var talk = running([.named("db"), .named("web")])
        #expect(
            talk.acts(.configured(Dialogue.stack([.named("db"), .named("web", command: "new")]))) == [
                .signal(one("web"), run: 1, 15)
            ])
        #expect(talk.acts(.exited(one("web"), run: 1, Exit(.code(0)))) == [.start(one("web"), run: 2)])
    }

    @Test func replacementsStopInReverseAndStartInOrder() {
        let app = [Dependency("db")]
        var talk = running([.named("db"), .named("app", needs: app)])
        let changed = [Service.named("db", command: "new"), .named("app", needs: app, command: "new")]
        #expect(talk.acts(.configured(Dialogue.stack(changed))) == [.signal(one("app"), run: 1, 15)])
        #expect(talk.acts(.exited(one("app"), run: 1, Exit(.code(0)))) == [.signal(one("db"), run: 1, 15)])
        #expect(talk.acts(.exited(one("db"), run: 1, Exit(.code(0)))) == [.start(one("db"), run: 2)])
        #expect(talk.acts(.started(one("db"), run: 2, pid: 9)) == [.start(one("app"), run: 2)])
    }

    @Test func whatIsRemovedStopsInReverseAndIsForgotten() {
        var talk = running([.named("db"), .named("app", needs: [Dependency("db")]), .named("web")])
        #expect(talk.acts(.configured(Dialogue.stack([.named("web")]))) == [.signal(one("app"), run: 1, 15)])
        #expect(talk.acts(.exited(one("app"), run: 1, Exit(.code(0)))) == [.signal(one("db"), run: 1, 15)])
        talk.tell(.exited(one("db"), run: 1, Exit(.code(0))))
        #expect(talk.engine.report().map(\.id) == [one("web")])
    }

    @Test func scalingTakesTheHighestNumbersFirst() {
        var talk = running([.named("web", replicas: 3)])
        #expect(
            talk.acts(.configured(Dialogue.stack([.named("web", replicas: 1)]))) == [
                .signal(InstanceID("web", 3), run: 1, 15), .signal(InstanceID("web", 2), run: 1, 15),
            ])
        talk.tell(.exited(InstanceID("web", 2), run: 1, Exit(.code(0))))
        talk.tell(.exited(InstanceID("web", 3), run: 1, Exit(.code(0))))
        #expect(
            talk.acts(.configured(Dialogue.stack([.named("web", replicas: 2)]))) == [
                .start(InstanceID("web", 2), run: 1)
            ])
    }

    @Test func aChangedCheckAppliesWithoutARestart() {
        var talk = running([.named("web", check: .exec(interval: .seconds(100)))])
        let faster = Service.named("web", check: .exec(interval: .seconds(1)))
        let answer = talk.tell(.configured(Dialogue.stack([faster])))
        #expect(answer.acts.isEmpty)
        #expect(answer.hasProbe)
        #expect(talk.report("web")?.pid == 11)
    }

    @Test func aServiceThatComesBackWhileItGoesIsStartedAgain() {
        var talk = running([.named("web")])
        talk.tell(.configured(Dialogue.stack([])))
        talk.tell(.configured(Dialogue.stack([.named("web")])))
        #expect(talk.acts(.exited(one("web"), run: 1, Exit(.code(0)))) == [.start(one("web"), run: 2)])
    }

    // MARK: Adoption

    @Test func aWellWorldIsTakenOverWithoutAnAct() {
        let web = Service.named("web", check: .native())
        var talk = Dialogue()
        talk.tell(adopted(web))
        let answer = talk.tell(.configured(Dialogue.stack([web])))
        #expect(answer.acts.isEmpty)
        #expect(answer.contains(.route(service: "web", .open([one("web")]))))
        #expect(answer.hasProbe)
        #expect(talk.report("web")?.run == 4)
        #expect(talk.report("web")?.pid == 7)
        #expect(talk.health("web") == .starting)
    }

    @Test func anotherLaunchIsReplacedAndAStrangerIsStopped() {
        var talk = Dialogue()
        talk.tell(adopted(.named("web", command: "old")))
        talk.tell(adopted(.named("stranger")))
        #expect(
            talk.acts(.configured(Dialogue.stack([.named("web")]))) == [
                .signal(one("stranger"), run: 4, 15), .signal(one("web"), run: 4, 15),
            ])
    }

    @Test func whatEndedWhileHaleWasAwayIsJudgedLikeAnyEnd() {
        let job = Service.named("job", restart: RestartPolicy(condition: .onFailure))
        let web = Service.named("web")
        var talk = Dialogue()
        talk.tell(adopted(job))
        talk.tell(adopted(web))
        talk.tell(.exited(one("job"), run: 4, Exit(.code(0))))
        talk.tell(.exited(one("web"), run: 4, Exit(.code(1))))
        #expect(talk.acts(.configured(Dialogue.stack([job, web]))) == [.start(one("web"), run: 5)])
        #expect(talk.state("job") == .completed)
    }

    @Test func moreAttemptsAreAnotherChance() {
        var talk = running([.named("web", restart: RestartPolicy(condition: .always, maximumAttempts: 0))])
        talk.tell(.exited(one("web"), run: 1, Exit(.code(1))))
        #expect(talk.state("web") == .failed)
        let patient = Service.named("web", restart: RestartPolicy(condition: .always))
        #expect(talk.acts(.configured(Dialogue.stack([patient]))) == [.start(one("web"), run: 2)])
    }

    @Test func whatHasEndedIsRemembered() {
        let job = Service.named("job", restart: RestartPolicy(condition: .onFailure))
        var talk = running([job])
        talk.tell(.exited(one("job"), run: 1, Exit(.code(0))))
        var next = Dialogue()
        next.engine.restore(memory: talk.engine.memory)
        #expect(next.acts(.configured(Dialogue.stack([job]))).isEmpty)
        #expect(next.state("job") == .completed)
        #expect(next.report("job")?.exitCode == 0)
        let changed = Service.named("job", restart: RestartPolicy(condition: .onFailure), command: "new")
        #expect(next.acts(.configured(Dialogue.stack([changed]))) == [.start(one("job"), run: 2)])
    }
}
