import Healing
import Stack
import Testing

/// What a person woken at night is told.
@Suite struct ExplanationTests {
    private static let db = Service.named("db", check: .native(retries: 2))
    private static let web = Service.named("web", needs: [Dependency("db", condition: .healthy)], check: .native())

    /// What is said of `service` after 41 seconds in which nothing was told to the engine.
    private func explain(_ talk: Conversation, _ service: String = "web", after time: Duration = .seconds(41))
        -> [String]
    {
        let text = talk.engine.explain(service, at: talk.now + time) { instant in
            let seconds = instant.nanoseconds / 1_000_000_000
            let two = { (number: Int64) in number < 10 ? "0\(number)" : "\(number)" }
            return "\(two(10 + seconds / 3_600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
        }
        return text?.sentences ?? []
    }

    @Test func callsThatAreKeptAway() {
        let talk = Conversation(well: Self.db)
        func explain(_ calls: KeptAwayCalls) -> [String] {
            talk.engine.explain("db", at: talk.now + .seconds(41), keptAway: [calls]) {
                "\($0.milliseconds / 1_000) s"
            }?
            .sentences ?? []
        }
        let kept = KeptAwayCalls(
            instance: one("db"), port: 5432, since: talk.now + .seconds(40), reason: "connection refused",
            until: talk.now + .seconds(45), isByHand: false)
        let start = talk.now.milliseconds / 1_000
        let sentences = explain(kept)
        #expect(!sentences.contains("Nothing is wrong, and nothing needs to be done."))
        #expect(
            sentences.suffix(2) == [
                "Calls to db-1 port 5432 are kept away since \(start + 40) s, 1 second ago: connection refused.",
                "A few are let through on trial at \(start + 45) s, in 4 seconds.",
            ])
        let byHand = KeptAwayCalls(
            instance: one("db"), port: 5432, since: nil, reason: nil, until: nil, isByHand: true)
        #expect(
            explain(byHand).suffix(2) == [
                "Calls to db-1 port 5432 are kept away: a person wants it so.",
                "To let them through again: hale breaker close db-1",
            ])
    }

    @Test func runningWell() {
        #expect(
            explain(Conversation(well: Self.db), "db") == [
                "db is running and healthy, since 10:00:00, 41 seconds ago.",
                "It last passed its health check at 10:00:00, 41 seconds ago.",
                "It is asked again at 10:00:10, which is now.",
                "Nothing is wrong, and nothing needs to be done.",
            ])
    }

    @Test func runningWithoutACheck() {
        #expect(
            explain(Conversation(well: .named("web"))) == [
                "web is running, since 10:00:00, 41 seconds ago. It has no health check, so all that is known is that its process lives.",
                "Nothing is wrong, and nothing needs to be done.",
            ])
    }

    @Test func recoveredFromACrash() {
        var talk = Conversation(well: Self.db)
        talk.tell(.exited(one("db"), run: 1, Exit(.signal(9))))
        talk.tell(.started(one("db"), run: 2, pid: 8))
        talk.pass(one("db"), 2)
        #expect(
            explain(talk, "db", after: .seconds(2)) == [
                "db is running and healthy, since 10:00:00, 2 seconds ago.",
                "It last passed its health check at 10:00:00, 2 seconds ago.",
                "It is asked again at 10:00:10, in 8 seconds.",
                "Nothing is wrong, and nothing needs to be done.",
                "It was restarted 1 time; what went wrong last: ended by SIGKILL.",
                "It is the root of incident 1, which began at 10:00:00, 2 seconds ago.",
                "All in it are well again, and if that stays so it is over at 10:00:05, in 3 seconds.",
                "What happened in it: hale incidents show 1",
            ])
    }

    @Test func starting() {
        var talk = Conversation()
        talk.tell(.configured(Dialogue.stack([.named("web", notify: true)])))
        #expect(explain(talk) == ["web is being started, since 10:00:00, 41 seconds ago: it is part of the stack."])
        talk.tell(.started(one("web"), run: 1, pid: 7))
        talk.tell(.statusText(one("web"), run: 1, "reading the catalogue"))
        #expect(
            explain(talk) == [
                "web is starting, since 10:00:00, 41 seconds ago, as pid 7: it is part of the stack.",
                "It has not said yet that it is ready; it is started anew at 10:01:30, in 49 seconds.",
                "It says of itself: reading the catalogue",
            ])
    }

    @Test func notYetHealthy() {
        var talk = Conversation()
        talk.tell(.configured(Dialogue.stack([.named("web", check: .native(startPeriod: .seconds(60)))])))
        talk.tell(.started(one("web"), run: 1, pid: 7))
        talk.fail(one("web"), 1, "connection refused")
        #expect(
            explain(talk, after: .zero) == [
                "web is running, since 10:00:00, just now, and has not passed its health check yet.",
                "Its last check failed: connection refused.",
                "It is asked again at 10:00:00, in 25 milliseconds.",
            ])
    }

    @Test func waiting() {
        var talk = Conversation()
        talk.tell(.configured(Dialogue.stack([Self.db, Self.web])))
        #expect(
            explain(talk) == [
                "web does not run, since 10:00:00, 41 seconds ago: it is waiting for db to be healthy: db is starting.",
                "It is started by itself as soon as db allows it.",
                "Why that is so: hale explain db",
            ])
    }

    @Test func suspected() {
        var talk = Conversation(well: Self.db)
        talk.fail(one("db"), 1, "connection refused")
        #expect(
            explain(talk, "db", after: .zero) == [
                "db is running, since 10:00:00, 10 seconds ago.",
                "Its last check failed at 10:00:10, just now: connection refused.",
                "It is asked again at 10:00:11, in 1 second.",
                "It counts as unhealthy after 2 failures in a row.",
            ])
    }

    @Test func unhealthyAndBlamed() {
        var talk = Conversation(well: Self.db, .named("web", needs: [Dependency("db")], check: .native(retries: 1)))
        talk.tell(.exited(one("db"), run: 1, Exit(.signal(9))))
        talk.fail(one("web"), 1, "HTTP 500")
        #expect(
            explain(talk) == [
                "web is running but unhealthy, since 10:00:10, 41 seconds ago.",
                "Its last check failed at 10:00:10, 41 seconds ago: HTTP 500.",
                "It is not at fault, so it is left alone: db is being restarted.",
                "It is asked again as soon as db is well, and repaired only if it still fails then.",
                "What is being done about db: hale explain db",
                "db is the root, and it is a victim, of incident 1, which began at 10:00:00, 51 seconds ago.",
                "What happened in it: hale incidents show 1",
            ])
    }

    @Test func unhealthyAndLeftAloneByItsPolicy() {
        var talk = Conversation(
            well: .named("web", check: .native(retries: 1), restart: RestartPolicy(condition: .no)))
        talk.fail(one("web"), 1, "HTTP 500")
        #expect(
            explain(talk, after: .zero) == [
                "web is running but unhealthy, since 10:00:10, just now.",
                "Its last check failed at 10:00:10, just now: HTTP 500.",
                "Its restart policy is 'no', so Hale leaves it as it is.",
                "To restart it by hand: hale restart web",
                "What it printed: hale logs web",
                "It is the root of incident 1, which began at 10:00:10, just now.",
                "What happened in it: hale incidents show 1",
            ])
    }

    @Test func unhealthyAndBeingRepaired() {
        var talk = Conversation(well: .named("web", check: .native(retries: 1), volumes: ["data"]))
        talk.fail(one("web"), 1, "HTTP 500")
        #expect(
            explain(talk, after: .seconds(4)) == [
                "web is being stopped, since 10:00:10, 4 seconds ago: unhealthy: HTTP 500.",
                "It was asked to end and is killed at 10:00:20, in 6 seconds, should it still be there.",
                "It is started again once it has ended.",
                "It is the root of incident 1, which began at 10:00:10, 4 seconds ago.",
                "What happened in it: hale incidents show 1",
            ])
    }

    @Test func inBackoff() {
        var talk = Conversation(well: .named("web", restart: RestartPolicy(condition: .always, delay: .seconds(60))))
        talk.tell(.exited(one("web"), run: 1, Exit(.code(3))))
        #expect(
            explain(talk) == [
                "web does not run, since 10:00:00, 41 seconds ago: exited with code 3.",
                "It is started again at 10:01:00, in 19 seconds.",
                "It has used 0 of 5 restarts allowed within 5 minutes; one more than that means quarantine.",
                "To start it now: hale start web",
                "What it printed: hale logs web",
                "It is the root of incident 1, which began at 10:00:00, 41 seconds ago.",
                "What happened in it: hale incidents show 1",
            ])
    }

    @Test func quarantined() {
        var talk = Conversation(well: .named("web", restart: RestartPolicy(condition: .always, budget: 1)))
        talk.tell(.exited(one("web"), run: 1, Exit(.code(1))))
        talk.tell(.started(one("web"), run: 2, pid: 8))
        talk.tell(.exited(one("web"), run: 2, Exit(.signal(9), outOfMemory: true)))
        #expect(
            explain(talk) == [
                "web is in quarantine, since 10:00:00, 41 seconds ago: it failed too often. What went wrong last: ended for want of memory.",
                "It has used 1 of 1 restarts allowed within 5 minutes; one more than that means quarantine.",
                "It is let out for one try at 10:15:00, in 14 minutes.",
                "When it is mended: hale release web",
                "What it printed: hale logs web",
                "It is the root of incident 1, which began at 10:00:00, 41 seconds ago.",
                "What happened in it: hale incidents show 1",
            ])
    }

    @Test func stoppedByHand() {
        var talk = Conversation(well: .named("web"))
        talk.tell(.asked(.stop(service: "web", grace: nil)))
        #expect(
            explain(talk, after: .seconds(4)) == [
                "web is being stopped, since 10:00:00, 4 seconds ago: stopped by hand.",
                "It was asked to end and is killed at 10:00:10, in 6 seconds, should it still be there.",
                "It stays stopped.",
            ])
        talk.tell(.exited(one("web"), run: 1, Exit(.code(0))))
        #expect(
            explain(talk) == [
                "web is stopped by hand, since 10:00:00, 41 seconds ago.",
                "It stays stopped until a person starts it: hale start web",
            ])
    }

    @Test func paused() {
        var talk = Conversation(well: .named("web"))
        talk.tell(.asked(.pause(service: "web")))
        #expect(
            explain(talk) == [
                "web is paused by hand, since 10:00:00, 41 seconds ago: its processes are frozen, and nothing is asked of it.",
                "It goes on when a person says so: hale unpause web",
            ])
    }

    @Test func inMaintenance() {
        var talk = Conversation(well: .named("web"))
        talk.tell(.asked(.maintenance(service: "web", for: .seconds(1_800))))
        #expect(
            explain(talk) == [
                "web is running, since 10:00:00, 41 seconds ago. It has no health check, so all that is known is that its process lives.",
                "Nothing is wrong, and nothing needs to be done.",
                "It is in maintenance until 10:30:00, in 29 minutes: Hale watches it and does nothing about it.",
                "To have Hale look after it again: hale maintenance --end web",
            ])
        talk.tell(.exited(one("web"), run: 1, Exit(.code(1))))
        #expect(
            explain(talk) == [
                "web does not run, since 10:00:00, 41 seconds ago: it is held back, in maintenance.",
                "What went wrong last: exited with code 1.",
                "It is started when the maintenance is over.",
                "It is in maintenance until 10:30:00, in 29 minutes: Hale watches it and does nothing about it.",
                "To have Hale look after it again: hale maintenance --end web",
            ])
    }

    @Test func failed() {
        var talk = Conversation(well: .named("web", restart: RestartPolicy(condition: .no)))
        talk.tell(.exited(one("web"), run: 1, Exit(.code(1))))
        #expect(
            explain(talk) == [
                "web has failed for good, since 10:00:00, 41 seconds ago: exited with code 1.",
                "Its restart policy is 'no', so Hale does not start it again.",
                "When it is mended: hale start web",
                "What it printed: hale logs web",
                "It is the root of incident 1, which began at 10:00:00, 41 seconds ago.",
                "What happened in it: hale incidents show 1",
            ])
    }

    @Test func completed() {
        var talk = Conversation(
            well: .named("web", restart: RestartPolicy(condition: .no)),
            .named("shop", needs: [Dependency("web", condition: .completedSuccessfully)]))
        #expect(
            explain(talk, "shop") == [
                "shop does not run, since 10:00:00, 41 seconds ago: it is waiting for web to complete: web is well.",
                "It is started by itself as soon as web allows it.",
                "Why that is so: hale explain web",
            ])
        talk.tell(.exited(one("web"), run: 1, Exit(.code(0))))
        #expect(
            explain(talk) == [
                "web has done its work, since 10:00:00, 41 seconds ago: it exited with code 0 and is not to run again.",
                "To run it once more: hale start web",
            ])
    }

    @Test func disabledByScale() {
        #expect(
            explain(Conversation(well: .named("web", replicas: 0))) == [
                "web has no instances, as its scale is 0.",
                "To run it: hale up -d --scale web=1",
            ])
    }

    @Test func severalInstances() {
        var talk = Conversation(well: .named("web", replicas: 3, restart: RestartPolicy(condition: .no)))
        #expect(
            explain(talk) == [
                "web has 3 instances: 3 well.",
                "Nothing is wrong, and nothing needs to be done.",
            ])
        talk.tell(.exited(InstanceID("web", 2), run: 1, Exit(.code(1))))
        #expect(
            explain(talk) == [
                "web has 3 instances: 2 well, 1 failed.",
                "web-2 has failed for good, since 10:00:00, 41 seconds ago: exited with code 1.",
                "Its restart policy is 'no', so Hale does not start it again.",
                "When it is mended: hale start web",
                "What it printed: hale logs web",
                "It is the root of incident 1, which began at 10:00:00, 41 seconds ago.",
                "What happened in it: hale incidents show 1",
            ])
    }

    @Test func nothingIsSaidOfAStranger() {
        #expect(Conversation(well: Self.db).engine.explain("nobody", at: .zero) { _ in "" } == nil)
    }
}
