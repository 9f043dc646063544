import Stack
import Testing

@testable import Healing

/// One failure from its first sign to recovery.
@Suite struct IncidentTests {
    private static let db = Service.named("db", check: .native(retries: 2))
    private static let web = Service.named("web", needs: [Dependency("db")], check: .native(retries: 1))

    @Test func aCrashIsOneIncidentThatEndsWhenTheServiceHasBeenWellForAWhile() throws {
        var talk = Conversation(well: .named("web", check: .native()))
        talk.wait(.seconds(60))
        talk.tell(.exited(one("web"), run: 1, Exit(.signal(9))))
        var open = try #require(talk.engine.incidents.first)
        #expect(open.id == 1 && open.root == "web" && open.cause == "ended by SIGKILL" && open.victims.isEmpty)
        #expect(open.firstSignAt == talk.now && open.verdictAt == talk.now && open.repairedAt == nil)
        #expect(open.timeline.map(\.kind) == [.exited, .incidentOpened, .restartPlanned, .restarting, .held])
        talk.wait(.milliseconds(5))
        talk.tell(.started(one("web"), run: 2, pid: 8))
        talk.wait(.milliseconds(7))
        talk.pass(one("web"), 2)
        open = try #require(talk.engine.incidents.first)
        let repaired = talk.now
        #expect(open.repairedAt == repaired)
        talk.pass(.milliseconds(4_999))
        #expect(talk.engine.incidents.count == 1)
        talk.wait(.milliseconds(1))
        let end = try #require(talk.incidents(.timePassed).last)
        #expect(end.state == .resolved && end.endedAt == repaired)
        #expect(end.timeline.last?.text == "web is well again after 12ms")
        #expect(talk.engine.incidents.isEmpty && talk.engine.nextIncident == 2)
    }

    @Test func aSingleFailedProbeIsNoIncidentButTheFirstSignOfOne() throws {
        var talk = Conversation(well: Self.db)
        talk.fail(one("db"), 1, "refused")
        talk.pass(one("db"), 1)
        #expect(talk.engine.incidents.isEmpty)
        talk.fail(one("db"), 1, "refused")
        let first = talk.now
        #expect(talk.engine.incidents.isEmpty)
        talk.fail(one("db"), 1, "still refused")
        let incident = try #require(talk.engine.incidents.first)
        #expect(incident.firstSignAt == first && incident.verdictAt == talk.now)
        #expect(incident.cause == "unhealthy: still refused")
        #expect(
            incident.timeline.first
                == .init(
                    time: first, kind: .suspected, service: "db", instance: one("db"), text: "unhealthy: refused"))
    }

    @Test func aCrashLoopIntoQuarantineIsOneIncidentUntilItIsWell() throws {
        var talk = Conversation(well: .named("web", restart: RestartPolicy(condition: .always, budget: 2)))
        for run in 1...3 {
            talk.tell(.exited(one("web"), run: run, Exit(.code(1))))
            talk.pass(.seconds(3))
            talk.tell(.started(one("web"), run: run + 1, pid: 9))
        }
        #expect(talk.state("web") == .quarantined)
        talk.pass(.seconds(800))
        #expect(talk.engine.incidents.map(\.id) == [1])
        talk.tell(.asked(.releaseQuarantine(service: "web")))
        talk.tell(.started(one("web"), run: 4, pid: 10))
        talk.pass(.seconds(5))
        #expect(talk.engine.incidents.isEmpty)
    }

    @Test func aVictimJoinsAndTheIncidentWaitsForIt() throws {
        var talk = Conversation(well: Self.db, Self.web)
        talk.tell(.exited(one("db"), run: 1, Exit(.signal(9))))
        talk.fail(one("web"), 1, "no database")
        let open = try #require(talk.engine.incidents.first)
        #expect(talk.engine.incidents.count == 1 && open.root == "db")
        #expect(open.victims.map(\.service) == ["web"] && open.victims.first?.sign == "unhealthy: no database")
        talk.tell(.started(one("db"), run: 2, pid: 8))
        talk.pass(one("db"), 2)
        talk.pass(.seconds(6))
        #expect(talk.engine.incidents.first?.repairedAt != nil)
        #expect(talk.engine.incidents.first?.victims.first?.recoveredAt == nil)
        talk.pass(one("web"), 1)
        talk.pass(.seconds(6))
        #expect(talk.engine.incidents.isEmpty)
    }

    @Test func theRootMovesToWhatTurnsOutToFailDeeper() throws {
        var talk = Conversation(well: Self.db, Self.web)
        talk.wait(.seconds(1))
        talk.fail(one("web"), 1, "no database")
        #expect(talk.engine.incidents.first?.root == "web")
        talk.wait(.milliseconds(300))
        let entries = talk.entries(.exited(one("db"), run: 1, Exit(.signal(9))))
        let incident = try #require(talk.engine.incidents.first)
        #expect(incident.id == 1 && incident.root == "db" && incident.cause == "ended by SIGKILL")
        #expect(incident.victims.map(\.service) == ["web"])
        #expect(entries.map(\.kind).starts(with: [.exited, .rootMoved, .restartPlanned]))
        #expect(entries.allSatisfy { $0.incident == 1 })
    }

    @Test func whatFailsLongAfterIsNotTheRoot() {
        var talk = Conversation(
            well:
                .named("db"), .named("web", needs: [Dependency("db")], restart: RestartPolicy(condition: .no)))
        talk.tell(.exited(one("web"), run: 1, Exit(.code(1))))
        talk.pass(.seconds(11))
        talk.tell(.exited(one("db"), run: 1, Exit(.signal(9))))
        #expect(talk.engine.incidents.map(\.root) == ["web", "db"])
    }

    @Test func twoIncidentsThatTurnOutToBeOneAreJoined() throws {
        var talk = Conversation(
            well:
                .named("db"), .named("api", needs: [Dependency("db")]), .named("web", needs: [Dependency("db")]),
            .named("mail"))
        talk.tell(.exited(one("api"), run: 1, Exit(.code(1))))
        talk.tell(.exited(one("mail"), run: 1, Exit(.code(1))))
        talk.tell(.exited(one("web"), run: 1, Exit(.code(1))))
        #expect(talk.engine.incidents.map(\.root) == ["api", "mail", "web"])
        let told = talk.incidents(.exited(one("db"), run: 1, Exit(.signal(9))))
        #expect(told.map(\.id) == [3, 1] && told.map(\.state) == [.closed, .open])
        #expect(told.first?.timeline.last?.text == "joined with incident 1, which is the same failure")
        #expect(talk.engine.incidents.map(\.root) == ["db", "mail"])
        #expect(talk.engine.incidents.first?.victims.map(\.service) == ["web", "api"])
    }

    @Test(arguments: [
        Request.stop(service: "web", grace: nil), .restart(service: "web", grace: nil),
        .kill(service: "web", signal: 15),
    ])
    func whatAPersonDoesIsNoIncident(_ request: Request) {
        var talk = Conversation(well: .named("web"))
        talk.tell(.asked(request))
        talk.wait(.seconds(1))
        talk.tell(.exited(one("web"), run: 1, Exit(.signal(15))))
        talk.pass(.seconds(60))
        #expect(talk.engine.nextIncident == 1)
    }

    @Test func whoFailsBecauseAPersonStoppedSomethingIsExcusedUntilThatIsBack() {
        var talk = Conversation(well: Self.db, Self.web)
        talk.tell(.asked(.stop(service: "db", grace: nil)))
        talk.tell(.exited(one("db"), run: 1, Exit(.code(0))))
        talk.fail(one("web"), 1, "no database")
        #expect(talk.engine.incidents.isEmpty)
        talk.tell(.asked(.start(service: "db")))
        talk.tell(.started(one("db"), run: 2, pid: 9))
        talk.pass(one("db"), 2)
        #expect(talk.engine.incidents.map(\.root) == ["web"])
    }

    @Test(arguments: [
        (Request.stop(service: "db", grace: nil), "closed: it was stopped by hand"),
        (.pause(service: "db"), "closed: it was paused by hand"),
        (.shutDown(grace: nil), "closed: the stack was taken down"),
    ])
    func aPersonCloses(_ request: Request, _ sentence: String) throws {
        var talk = Conversation(well: Self.db, Self.web)
        talk.tell(.exited(one("db"), run: 1, Exit(.signal(9))))
        let end = try #require(talk.incidents(.asked(request)).last)
        #expect(end.state == .closed && end.endedAt == talk.now && end.timeline.last?.text == sentence)
        #expect(talk.engine.incidents.isEmpty)
    }

    @Test func aNewHealerGoesOnWithWhatWasOpen() throws {
        var talk = Conversation(well: Self.db, Self.web)
        talk.tell(.exited(one("db"), run: 1, Exit(.signal(9))))
        talk.fail(one("web"), 1, "no database")
        let open = talk.engine.incidents
        talk.engine = Engine(seed: 2)
        talk.engine.restore(incidents: open, nextIncident: 7)
        #expect(talk.engine.incidents == open && talk.engine.nextIncident == 7)
        for service in [Self.db, Self.web] {
            talk.tell(
                .adopted(
                    one(service.name),
                    AdoptedProcess(pid: 5, run: 3, startedAt: talk.now, launch: service.launch)))
        }
        talk.tell(.configured(Dialogue.stack([Self.db, Self.web])))
        #expect(talk.engine.incidents.map(\.id) == [1])
        for service in ["db", "web"] { talk.pass(one(service), 3) }
        talk.pass(.seconds(5))
        #expect(talk.engine.incidents.isEmpty)
    }

    @Test func whoHadOnlyJustRecoveredWhenHaleWasRestartedStillHasToSettle() {
        var talk = Conversation()
        let victim = Incident.Victim(service: "web", sign: "it failed", since: .zero, recoveredAt: .zero)
        talk.engine.restore(
            incidents: [
                Incident(
                    id: 1, root: "db", cause: "ended by SIGKILL", firstSignAt: .zero, repairedAt: .zero,
                    victims: [victim])
            ], nextIncident: 2)
        talk.wait(.seconds(3))
        for name in ["db", "web"] {
            let launch = Service.named(name).launch
            talk.tell(.adopted(one(name), AdoptedProcess(pid: 5, run: 3, startedAt: .zero, launch: launch)))
        }
        talk.tell(.configured(Dialogue.stack([.named("db"), .named("web", needs: [Dependency("db")])])))
        talk.pass(.milliseconds(4_999))
        #expect(talk.engine.incidents.count == 1)
        talk.pass(.milliseconds(1))
        #expect(talk.engine.incidents.isEmpty)
    }

    @Test func whatIsNoLongerPartOfTheStackIsClosedAfterARestart() throws {
        var talk = Conversation()
        talk.engine.restore(
            incidents: [Incident(id: 4, root: "gone", cause: "ended by SIGKILL", firstSignAt: .zero)], nextIncident: 1)
        let end = try #require(talk.incidents(.configured(Dialogue.stack([.named("web")]))).last)
        #expect(end.state == .closed && end.timeline.last?.text == "closed: it is no longer part of the stack")
        #expect(talk.engine.nextIncident == 5)
    }

    @Test func theTimelineIsBoundedAndKeepsBothEnds() throws {
        var incident = Incident(id: 1, root: "web", cause: "it fails", firstSignAt: .zero)
        for number in 0..<1_000 {
            incident.add(.init(time: Instant(nanoseconds: Int64(number)), kind: .exited, text: "\(number)"))
        }
        #expect(incident.timeline.count == 200 && incident.omitted == 800)
        #expect(incident.timeline.first?.text == "0" && incident.timeline.last?.text == "999")
        #expect(incident.timeline[99].text == "99" && incident.timeline[100].text == "900")
    }
}
