import Healing
import Stack
import Testing

/// Order, blame, and restarts that follow a dependency's.
@Suite struct DependencyTests {
    private static let check = HealthCheck.exec(interval: .seconds(1), timeout: .seconds(1), retries: 2)

    /// A database and an application whose check goes through it, both up and healthy.
    private func pair(
        restart: Bool = false, databaseRetries: Int = 2, condition: Dependency.Condition = .healthy
    ) -> Dialogue {
        var databaseCheck = Self.check
        databaseCheck.retries = databaseRetries
        var talk = Dialogue(
            .named("db", check: databaseCheck, volumes: ["data"]),
            .named("app", needs: [Dependency("db", condition: condition, restart: restart)], check: Self.check))
        talk.tell(.started(one("db"), run: 1, pid: 1))
        talk.pass(.seconds(1))
        talk.tell(.probed(one("db"), run: 1, .passed(took: .zero)))
        talk.tell(.started(one("app"), run: 1, pid: 2))
        talk.pass(.seconds(1))
        talk.tell(.probed(one("app"), run: 1, .passed(took: .zero)))
        talk.tell(.probed(one("db"), run: 1, .passed(took: .zero)))
        return talk
    }

    /// Fails the probes of `service` until `retries` is reached; returns what the last failure led to.
    private func fail(_ talk: inout Dialogue, _ service: String, times: Int, run: Int = 1) -> [Effect] {
        var last: [Effect] = []
        for _ in 0..<times {
            var guardian = 0
            while guardian < 50, !talk.tell(.timePassed).contains(.probe(one(service), run: run, timeout: .seconds(1)))
            {
                talk.now = max(talk.now, talk.engine.nextDeadline ?? talk.now)
                guardian += 1
            }
            last = talk.tell(.probed(one(service), run: run, .failed("refused")))
        }
        return last
    }

    @Test func aDependentStartsWhenTheConditionHolds() {
        var talk = Dialogue()
        let app = Service.named("app", needs: [Dependency("db", condition: .healthy)])
        let first = talk.acts(.configured(Dialogue.stack([.named("db", check: Self.check), app])))
        #expect(first == [.start(one("db"), run: 1)])
        #expect(talk.report("app")?.waitingOn == "waiting for db to be healthy: db is starting")
        talk.tell(.started(one("db"), run: 1, pid: 1))
        talk.pass(.seconds(1))
        talk.tell(.probed(one("db"), run: 1, .failed("connection refused")))
        #expect(talk.report("app")?.waitingOn == "waiting for db to be healthy: db is starting: connection refused")
        talk.pass(.seconds(1))
        #expect(talk.acts(.probed(one("db"), run: 1, .passed(took: .zero))) == [.start(one("app"), run: 1)])
    }

    /// What stands between knows nothing of the trouble, as it has no check.
    @Test func whoFailsForWantOfAnIndirectDependencyIsLeftAlone() {
        var talk = Dialogue(
            .named("db", check: Self.check),
            .named("middle", needs: [Dependency("db", condition: .started)]),
            .named("app", needs: [Dependency("middle", condition: .started)], check: Self.check))
        for (pid, service) in ["db", "middle", "app"].enumerated() {
            talk.tell(.started(one(service), run: 1, pid: Int32(pid + 1)))
        }
        talk.pass(.seconds(1))
        for service in ["db", "app"] { talk.tell(.probed(one(service), run: 1, .passed(took: .zero))) }
        #expect(fail(&talk, "db", times: 2).acts.contains(.signal(one("db"), run: 1, 15)))
        #expect(fail(&talk, "app", times: 2).acts.isEmpty)
        #expect(talk.state("app") == .running)
        #expect(talk.report("app")?.waitingOn?.contains("db") == true)
    }

    /// One restart at a time: whoever waits for its turn may be well again before that comes.
    @Test func whoIsWellAgainBeforeItsTurnIsNotRestarted() {
        var talk = Dialogue(.named("a", check: Self.check), .named("b", check: Self.check), concurrency: 1)
        for service in ["a", "b"] { talk.tell(.started(one(service), run: 1, pid: 1)) }
        talk.pass(.seconds(1))
        for service in ["a", "b"] { talk.tell(.probed(one(service), run: 1, .passed(took: .zero))) }
        #expect(fail(&talk, "a", times: 2).acts.contains(.signal(one("a"), run: 1, 15)))
        #expect(fail(&talk, "b", times: 2).acts.isEmpty)
        let probe = Effect.probe(one("b"), run: 1, timeout: .seconds(1))
        #expect(talk.pass(.seconds(2)).effects.contains(probe))
        talk.tell(.probed(one("b"), run: 1, .passed(took: .zero)))
        #expect(talk.acts(.exited(one("a"), run: 1, Exit(.signal(15)))) == [.start(one("a"), run: 2)])
        talk.tell(.started(one("a"), run: 2, pid: 2))
        #expect(talk.pass(.seconds(1)).effects.contains(.probe(one("a"), run: 2, timeout: .seconds(1))))
        #expect(talk.acts(.probed(one("a"), run: 2, .passed(took: .zero))).isEmpty)
        #expect(talk.state("b") == .running)
    }

    @Test func aJobThatFailedForGoodKeepsItsDependentsWaiting() {
        var talk = Dialogue(
            .named("job", restart: RestartPolicy(condition: .no)),
            .named("app", needs: [Dependency("job", condition: .completedSuccessfully)]))
        talk.tell(.started(one("job"), run: 1, pid: 1))
        talk.tell(.exited(one("job"), run: 1, Exit(.code(3))))
        #expect(talk.state("app") == .waiting)
        #expect(
            talk.report("app")?.waitingOn == "waiting for job to complete: job has failed: exited with code 3")
        #expect(talk.acts(.asked(.start(service: "job"))) == [.start(one("job"), run: 2)])
        talk.tell(.started(one("job"), run: 2, pid: 1))
        #expect(talk.acts(.exited(one("job"), run: 2, Exit(.code(0)))) == [.start(one("app"), run: 1)])
        #expect(talk.state("job") == .completed)
    }

    @Test func aJobSomeoneWaitsForIsDoneEvenUnderAlways() {
        var talk = Dialogue(
            .named("job", restart: RestartPolicy(condition: .always)),
            .named("app", needs: [Dependency("job", condition: .completedSuccessfully)]))
        talk.tell(.started(one("job"), run: 1, pid: 1))
        talk.tell(.exited(one("job"), run: 1, Exit(.code(0))))
        #expect(talk.state("job") == .completed)
        #expect(talk.state("app") == .starting)
    }

    @Test func whatIsNotPartOfTheStackIsNotWaitedFor() {
        let app = Service.named("app", needs: [Dependency("db", required: false)])
        #expect(Dialogue(app).state("app") == .starting)
    }

    @Test func aDependentOfADeadDatabaseIsLeftAlone() {
        var talk = pair()
        talk.tell(.exited(one("db"), run: 1, Exit(.signal(9))))
        talk.tell(.startFailed(one("db"), run: 2, reason: "disk"))
        #expect(fail(&talk, "app", times: 2).acts.isEmpty)
        #expect(talk.health("app") == .unhealthy)
        #expect(talk.report("app")?.waitingOn?.contains("db is being restarted") == true)
        #expect(talk.report("app")?.pid == 2)
    }

    @Test func theDependentIsAskedAtOnceWhenTheDatabaseIsBack() {
        var talk = pair()
        talk.tell(.exited(one("db"), run: 1, Exit(.signal(9))))
        _ = fail(&talk, "app", times: 2)
        talk.tell(.started(one("db"), run: 2, pid: 3))
        talk.pass(.seconds(1))
        talk.tell(.probed(one("app"), run: 1, .failed("refused")))
        let back = talk.tell(.probed(one("db"), run: 2, .passed(took: .zero)))
        #expect(back.contains(.probe(one("app"), run: 1, timeout: .seconds(1))))
        #expect(back.acts.isEmpty)
        // Still failing after fresh retries: now it is its own fault.
        #expect(talk.acts(.probed(one("app"), run: 1, .failed("own bug"))).isEmpty)
        talk.pass(.seconds(1))
        talk.tell(.probed(one("db"), run: 2, .passed(took: .zero)))
        #expect(
            talk.acts(.probed(one("app"), run: 1, .failed("own bug"))) == [
                .thaw(one("app"), run: 1), .signal(one("app"), run: 1, 15),
            ])
    }

    @Test func failuresDuringAnOutageDoNotCountAfterIt() {
        var talk = pair()
        talk.tell(.exited(one("db"), run: 1, Exit(.signal(9))))
        _ = fail(&talk, "app", times: 1)
        talk.tell(.started(one("db"), run: 2, pid: 3))
        while talk.engine.report().first(where: { $0.id == one("db") })?.health != .healthy {
            talk.now = max(talk.now, talk.engine.nextDeadline ?? talk.now)
            let asked = talk.tell(.timePassed).contains(.probe(one("db"), run: 2, timeout: .seconds(1)))
            guard asked else { continue }
            let back = talk.tell(.probed(one("db"), run: 2, .passed(took: .zero)))
            #expect(back.contains(.probe(one("app"), run: 1, timeout: .seconds(1))))
        }
        talk.tell(.probed(one("app"), run: 1, .failed("refused")))
        #expect(talk.health("app") == .healthy)
    }

    @Test func aDependencyIsAskedBeforeItsDependentIsConvicted() {
        var talk = pair(databaseRetries: 5)
        // Only the application is asked meanwhile, so that nothing is known of the database yet.
        talk.pass(.seconds(1))
        talk.tell(.probed(one("app"), run: 1, .failed("refused")))
        let known = talk.pass(.seconds(1))
        #expect(known.contains { $0.effect == .probe(one("app"), run: 1, timeout: .seconds(1)) })
        #expect(talk.acts(.probed(one("app"), run: 1, .failed("refused"))).isEmpty)
        // The database's answer is bad: it is to blame, and nobody is touched.
        #expect(talk.acts(.probed(one("db"), run: 1, .failed("refused"))).isEmpty)
        #expect(talk.report("app")?.waitingOn == "db is failing: refused")
    }

    @Test func aDependentIsConvictedOnceItsDependencyHasShownThatItIsWell() {
        var talk = pair()
        talk.pass(.seconds(1))
        talk.tell(.probed(one("app"), run: 1, .failed("own bug")))
        talk.pass(.seconds(1))
        talk.tell(.probed(one("app"), run: 1, .failed("own bug")))
        #expect(
            talk.acts(.probed(one("db"), run: 1, .passed(took: .zero))) == [
                .thaw(one("app"), run: 1), .signal(one("app"), run: 1, 15),
            ])
    }

    @Test func aDependentThatEndsWhileItsDatabaseIsDownWaitsAndIsNotCharged() {
        var talk = pair()
        talk.tell(.exited(one("db"), run: 1, Exit(.signal(9))))
        #expect(talk.acts(.exited(one("app"), run: 1, Exit(.code(1)))).isEmpty)
        #expect(talk.state("app") == .waiting)
        talk.tell(.started(one("db"), run: 2, pid: 3))
        talk.pass(.seconds(1))
        #expect(talk.acts(.probed(one("db"), run: 2, .passed(took: .zero))) == [.start(one("app"), run: 2)])
        talk.tell(.started(one("app"), run: 2, pid: 4))
        // Its own first crash is still answered at once.
        #expect(talk.acts(.exited(one("app"), run: 2, Exit(.code(1)))) == [.start(one("app"), run: 3)])
    }

    @Test func aRestartOfTheDependencyIsFollowedWhereTheFileAsksForIt() {
        var talk = pair(restart: true)
        #expect(talk.acts(.exited(one("db"), run: 1, Exit(.signal(9)))) == [.start(one("db"), run: 2)])
        #expect(talk.acts(.started(one("db"), run: 2, pid: 3)).isEmpty)
        talk.pass(.seconds(1))
        #expect(
            talk.acts(.probed(one("db"), run: 2, .passed(took: .zero))) == [.signal(one("app"), run: 1, 15)])
        #expect(talk.acts(.exited(one("app"), run: 1, Exit(.code(0)))) == [.start(one("app"), run: 2)])
    }

    @Test func stoppingADependencyByHandLeavesItsDependentsRunning() {
        var talk = pair()
        #expect(talk.acts(.asked(.stop(service: "db", grace: nil))) == [.signal(one("db"), run: 1, 15)])
        talk.tell(.exited(one("db"), run: 1, Exit(.code(0))))
        #expect(fail(&talk, "app", times: 2).acts.isEmpty)
        #expect(talk.report("app")?.waitingOn == "db is stopped by hand")
    }
}
