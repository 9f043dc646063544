import Healing
import Stack
import Testing

/// The operator is right.
@Suite struct OperatorTests {
    private func running(_ services: Service...) -> Dialogue {
        var talk = Dialogue()
        talk.tell(.configured(Dialogue.stack(services)))
        for service in services { talk.tell(.started(one(service.name), run: 1, pid: 7)) }
        return talk
    }

    @Test func pausedIsNotFailed() {
        var talk = running(.named("web", check: .exec(interval: .seconds(1), retries: 1)))
        #expect(talk.acts(.asked(.pause(service: "web"))) == [.freeze(one("web"), run: 1)])
        #expect(talk.state("web") == .paused)
        #expect(talk.engine.routing(of: "web") == .held)
        #expect(talk.pass(.seconds(100)).isEmpty)
        let back = talk.tell(.asked(.unpause(service: "web")))
        #expect(back.contains(.thaw(one("web"), run: 1)))
        #expect(back.hasProbe)
        #expect(talk.state("web") == .running)
    }

    @Test func startBringsWhatTheServiceNeeds() {
        var talk = running(.named("db"), .named("app", needs: [Dependency("db")]))
        for name in ["app", "db"] {
            talk.tell(.asked(.stop(service: name, grace: nil)))
            talk.tell(.exited(one(name), run: 1, Exit(.code(0))))
        }
        #expect(talk.acts(.asked(.start(service: "app"))) == [.start(one("db"), run: 2)])
        #expect(talk.acts(.started(one("db"), run: 2, pid: 8)) == [.start(one("app"), run: 2)])
    }

    @Test func restartStopsAndStarts() {
        var talk = running(.named("web"))
        #expect(talk.acts(.asked(.restart(service: "web", grace: .seconds(1)))) == [.signal(one("web"), run: 1, 15)])
        #expect(talk.pass(.seconds(1)).effects == [.kill(one("web"), run: 1)])
        #expect(talk.acts(.exited(one("web"), run: 1, Exit(.signal(9)))) == [.start(one("web"), run: 2)])
        // The restart was asked for: the next crash is the first.
        talk.tell(.started(one("web"), run: 2, pid: 8))
        #expect(talk.acts(.exited(one("web"), run: 2, Exit(.code(1)))) == [.start(one("web"), run: 3)])
    }

    @Test func killOnlySignals() {
        var talk = running(.named("web"))
        #expect(talk.acts(.asked(.kill(service: "web", signal: 10))) == [.signal(one("web"), run: 1, 10)])
        #expect(talk.state("web") == .running)
        #expect(talk.acts(.asked(.kill(service: "web", signal: 9))) == [.kill(one("web"), run: 1)])
        #expect(talk.acts(.exited(one("web"), run: 1, Exit(.signal(9)))) == [.start(one("web"), run: 2)])
    }

    @Test func whatEndsInMaintenanceIsStartedWhenItIsOver() {
        var talk = running(.named("web"))
        talk.tell(.asked(.maintenance(service: "web", for: .seconds(60))))
        #expect(talk.acts(.exited(one("web"), run: 1, Exit(.code(1)))).isEmpty)
        #expect(talk.report("web")?.waitingOn == "in maintenance")
        #expect(talk.pass(.seconds(59)).isEmpty)
        #expect(talk.pass(.seconds(1)).effects == [.start(one("web"), run: 2)])
    }

    @Test func whatIsUnhealthyInMaintenanceIsAskedAnewWhenItIsOver() {
        var talk = running(.named("web", check: .exec(interval: .seconds(1), retries: 1)))
        talk.tell(.asked(.maintenance(service: "web", for: .seconds(60))))
        talk.pass(.seconds(1))
        #expect(talk.acts(.probed(one("web"), run: 1, .failed("no"))).isEmpty)
        #expect(talk.health("web") == .unhealthy)
        let end = talk.tell(.asked(.maintenance(service: "web", for: .zero)))
        #expect(end.hasProbe)
        #expect(talk.acts(.probed(one("web"), run: 1, .failed("no"))).count == 2)
    }

    @Test func willsOutliveTheEngine() {
        var talk = running(.named("web", restart: RestartPolicy(condition: .always)), .named("db"))
        talk.tell(.asked(.stop(service: "web", grace: nil)))
        talk.tell(.asked(.pause(service: "db")))
        #expect(
            talk.engine.wills == [
                "web": OperatorWill(stopped: true, since: .zero), "db": OperatorWill(paused: true, since: .zero),
            ])
        var next = Dialogue()
        next.engine.restore(wills: talk.engine.wills)
        let web = Service.named("web", restart: RestartPolicy(condition: .always))
        next.tell(
            .adopted(one("db"), AdoptedProcess(pid: 7, run: 1, startedAt: .zero, launch: Service.named("db").launch)))
        #expect(next.acts(.configured(Dialogue.stack([web, .named("db")]))).isEmpty)
        #expect(next.state("web") == .stopped)
        #expect(next.state("db") == .paused)
    }
}
