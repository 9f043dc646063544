import Stack
import Testing

@testable import Alerting

/// A machine in conversation: seconds are counted from the start of the test.
struct Conversation {
    static let start = LocalTimeTests.monday

    var machine = AlertMachine(stack: "shop", host: "h")
    /// Seconds since midnight between Sunday and Monday.
    var second: Int64 = 0

    init(_ policy: AlertPolicy) { _ = handle(.configured(policy)) }

    init(_ channels: String..., change: (inout AlertPolicy) -> Void = { _ in }) {
        var policy = AlertPolicy(channels: channels.map { .words($0) })
        change(&policy)
        self.init(policy)
    }

    mutating func handle(_ event: AlertEvent) -> [AlertEffect] {
        let calendar = (Self.start + second) * 1_000_000_000
        return machine.handle(
            event,
            at: AlertTime(
                now: .second(second), calendar: calendar, local: LocalTime(nanoseconds: calendar, east: 0)))
    }

    /// What is sent, in short: `chat firing db critical`.
    mutating func sends(_ event: AlertEvent) -> [String] {
        handle(event).compactMap { effect in
            guard case .send(let message) = effect else { return nil }
            return message.short
        }
    }

    mutating func sends(at second: Int64, _ event: AlertEvent = .timePassed) -> [String] {
        self.second = second
        return sends(event)
    }
}

extension AlertMessage {
    var short: String {
        "\(channel): " + items.map { "\($0.kind) \($0.id) \($0.service) \($0.severity)" }.joined(separator: ", ")
    }
}

extension Instant {
    static func second(_ second: Int64) -> Instant { Instant(nanoseconds: second * 1_000_000_000) }
}

extension AlertChannel {
    static func words(_ name: String) -> AlertChannel { AlertChannel(name: name, kind: .slack(url: .text("http://s"))) }
    static func pager(_ name: String) -> AlertChannel {
        AlertChannel(name: name, kind: .pagerduty(routingKey: .text("k"), url: "http://p"))
    }
    static func manager(_ name: String) -> AlertChannel {
        AlertChannel(name: name, kind: .alertmanager(.init(url: "http://a")))
    }
}

extension AlertCondition {
    static func db(_ severity: AlertSeverity = .warning, id: Int64 = 1, at second: Int64 = 0) -> AlertCondition {
        AlertCondition(
            id: id, service: "db", cause: "ended by SIGKILL", severity: severity, firstSignAt: .second(second))
    }

    func with(_ change: (inout AlertCondition) -> Void) -> AlertCondition {
        var condition = self
        change(&condition)
        return condition
    }
}

struct AlertMachineTests {
    @Test func whatIsRepairedAtOnceIsToldNobody() {
        var talk = Conversation("chat")
        #expect(talk.sends(.assessed([.db()])) == [])
        #expect(talk.sends(at: 9) == [])
        #expect(talk.sends(.ended(1, .recovered(at: .second(8)))) == [])
        #expect(talk.machine.isIdle)
        #expect(talk.sends(at: 100) == [])
    }

    @Test func whatLastsIsToldOnceAndSoIsItsEnd() throws {
        var talk = Conversation("chat")
        _ = talk.sends(.assessed([.db()]))
        #expect(talk.sends(at: 10) == ["chat: firing 1 db warning"])
        #expect(talk.sends(at: 11, .assessed([.db()])) == [])
        talk.second = 72
        let effects = talk.handle(.ended(1, .recovered(at: .second(67))))
        guard case .send(let message) = effects.first else { return #expect(Bool(false)) }
        #expect(message.short == "chat: recovered 1 db warning")
        #expect(message.items.first?.duration == .seconds(67))
        #expect(talk.machine.isIdle)
    }

    @Test func victimsHaveNoAlertOfTheirOwn() {
        var talk = Conversation("chat")
        let agents = (1...174).map { "agent-\($0)" }
        for count in [1, 50, 174] {
            let condition = AlertCondition(
                id: 1, service: "postgres", cause: "ended by SIGKILL", severity: .critical, firstSignAt: .zero,
                victims: Array(agents.prefix(count)))
            #expect(talk.sends(.assessed([condition])) == [])
        }
        #expect(talk.sends(at: 10) == ["chat: firing 1 postgres critical"])
        #expect(talk.machine.memory.alerts[1]?.condition.victimCount == 174)
        #expect(talk.machine.memory.alerts[1]?.condition.victims.count == AlertCondition.mostNames)
    }

    @Test func quarantineIsToldAtOnce() {
        var talk = Conversation("chat")
        #expect(talk.sends(.assessed([.db(.critical).with { $0.isUrgent = true }])) == ["chat: firing 1 db critical"])
    }

    @Test func whatGetsWorseOrTurnsOutToBeAnotherIsTold() {
        var talk = Conversation("chat")
        _ = talk.sends(.assessed([.db()]))
        #expect(talk.sends(at: 10) == ["chat: firing 1 db warning"])
        #expect(talk.sends(at: 12, .assessed([.db(.critical)])) == ["chat: updated 1 db critical"])
        #expect(talk.sends(at: 13, .assessed([.db(.warning)])) == [], "it never gets milder")
        #expect(talk.sends(at: 14, .assessed([.db(.critical).with { $0.service = "disk" }])) == [], "it waits")
        #expect(talk.sends(at: 42) == ["chat: updated 1 disk critical"])
        #expect(talk.sends(at: 50, .ended(1, .recovered(at: .second(45)))) == ["chat: recovered 1 disk critical"])
    }

    @Test func routesChooseBySeverityAndService() {
        let policy = AlertPolicy(
            channels: [.words("chat"), .words("oncall"), .words("data")],
            routes: [
                AlertRoute(severity: .info, services: ["db"], to: ["data"], goesOn: true),
                AlertRoute(severity: .critical, to: ["oncall"]), AlertRoute(to: ["chat"]),
            ])
        #expect(policy.channels(for: "db", .info) == ["data"])
        #expect(policy.channels(for: "db", .critical) == ["oncall", "data"])
        #expect(policy.channels(for: "web", .critical) == ["oncall"])
        #expect(policy.channels(for: "web", .warning) == ["chat"])
        #expect(policy.channels(for: "web", .info) == [])
        var talk = Conversation(policy)
        _ = talk.sends(.assessed([.db()]))
        #expect(talk.sends(at: 1, .ended(1, .recovered(at: .second(1)))) == ["data: repaired 1 db info"])
    }

    @Test func whatComesTogetherIsToldTogether() {
        var talk = Conversation("chat")
        let five = (1...5).map { id in AlertCondition.db(id: Int64(id)) }
        _ = talk.sends(.assessed(Array(five.prefix(3))))
        #expect(talk.sends(at: 10).count == 1)
        #expect(talk.sends(at: 11, .assessed(five)) == [])
        #expect(talk.sends(at: 30) == [], "so soon after one message the next waits for company")
        #expect(talk.sends(at: 40) == ["chat: firing 4 db warning, firing 5 db warning"])
        #expect(talk.sends(at: 51, .assessed(five + [.db(.critical, id: 6)])) == [])
        #expect(talk.sends(at: 61) == ["chat: firing 6 db critical"], "but not what is worse")
    }

    @Test func theFirstAfterAllIsWellIsToldAtOnce() {
        var talk = Conversation("chat")
        _ = talk.sends(.assessed([.db()]))
        #expect(talk.sends(at: 10).count == 1)
        #expect(talk.sends(at: 11, .ended(1, .recovered(at: .second(11)))).count == 1)
        #expect(talk.sends(at: 12, .assessed([.db(id: 2)])) == [])
        #expect(talk.sends(at: 22) == ["chat: firing 2 db warning"])
        #expect(talk.sends(at: 23, .ended(2, .recovered(at: .second(23)))) == ["chat: recovered 2 db warning"])
    }

    @Test func recoveriesWaitForThoseThatStillFail() {
        var talk = Conversation("chat")
        _ = talk.sends(.assessed((1...4).map { AlertCondition.db(id: $0) }))
        _ = talk.sends(at: 10)
        #expect(talk.sends(at: 11, .ended(1, .recovered(at: .second(11)))) == ["chat: recovered 1 db warning"])
        #expect(talk.sends(at: 12, .ended(2, .recovered(at: .second(12)))) == [])
        #expect(talk.sends(at: 13, .ended(3, .recovered(at: .second(13)))) == [])
        #expect(
            talk.sends(at: 14, .ended(4, .recovered(at: .second(14)))) == [
                "chat: recovered 2 db warning, recovered 3 db warning, recovered 4 db warning"
            ])
    }

    @Test func whoKeepsAlertsIsToldOfEach() {
        var talk = Conversation(AlertPolicy(channels: [.pager("pager")]))
        _ = talk.sends(.assessed([.db(id: 1), .db(id: 2)]))
        #expect(talk.sends(at: 10) == ["pager: firing 1 db warning", "pager: firing 2 db warning"])
        #expect(talk.sends(at: 11, .ended(1, .recovered(at: .second(11)))) == ["pager: recovered 1 db warning"])
        #expect(talk.sends(at: 12, .ended(2, .recovered(at: .second(12)))) == ["pager: recovered 2 db warning"])
    }

    @Test func repetitionEndsWithAcknowledgement() {
        var talk = Conversation("chat") { $0.repeatInterval = .seconds(3_600) }
        _ = talk.sends(.assessed([.db()]))
        #expect(talk.sends(at: 10).count == 1)
        #expect(talk.sends(at: 3_609) == [])
        #expect(talk.sends(at: 3_610) == ["chat: repeated 1 db warning"])
        #expect(talk.handle(.acknowledged(1, by: "ann")) == [.acknowledged(1, service: "db", by: "ann")])
        #expect(talk.handle(.acknowledged(1, by: "bob")) == [], "the first one has it")
        #expect(talk.sends(at: 100_000) == [])
        #expect(talk.sends(at: 100_001, .ended(1, .recovered(at: .second(0)))).count == 1, "its end is told")
    }

    @Test func nobodyAcknowledgesSoOthersAreTold() {
        var talk = Conversation("chat", "boss") {
            $0.routes = [AlertRoute(to: ["chat"])]
            $0.escalation = [AlertEscalation(after: .seconds(900), to: ["boss"])]
        }
        _ = talk.sends(.assessed([.db()]))
        #expect(talk.sends(at: 10) == ["chat: firing 1 db warning"])
        #expect(talk.sends(at: 909) == [])
        #expect(talk.sends(at: 910) == ["boss: escalated 1 db warning"])
        #expect(talk.sends(at: 911) == [])
        #expect(
            talk.sends(at: 950, .ended(1, .recovered(at: .second(945)))) == [
                "chat: recovered 1 db warning", "boss: recovered 1 db warning",
            ])
    }

    @Test func acknowledgementStopsEscalation() {
        var talk = Conversation("chat", "boss") {
            $0.routes = [AlertRoute(to: ["chat"])]
            $0.escalation = [AlertEscalation(after: .seconds(900), to: ["boss"])]
        }
        _ = talk.sends(.assessed([.db()]))
        _ = talk.sends(at: 10)
        _ = talk.handle(.acknowledged(1, by: "ann"))
        #expect(talk.sends(at: 2_000) == [])
    }

    @Test func quietHoursHoldBackWhatIsNotSevere() {
        var talk = Conversation("chat") {
            $0.quietHours = QuietHours(from: 22 * 60, to: 7 * 60)
            $0.repeatInterval = nil
        }
        talk.second = 1 * 3_600
        _ = talk.sends(.assessed([.db(id: 1), .db(id: 2)]))
        #expect(talk.sends(at: 3_700) == [])
        #expect(talk.sends(at: 3_800, .ended(2, .recovered(at: .second(3_795)))) == [])
        #expect(talk.sends(at: 3_801, .assessed([.db(id: 1), .db(.critical, id: 3)])) == [])
        #expect(talk.sends(at: 3_811) == ["chat: firing 3 db critical"])
        #expect(talk.sends(at: 7 * 3_600 - 1) == [])
        #expect(talk.sends(at: 7 * 3_600) == ["chat: firing 1 db warning"])
    }

    @Test func anAlertmanagerIsToldAgainAndNeedsNoQuietHours() {
        var talk = Conversation(
            AlertPolicy(channels: [.manager("am")], repeatInterval: nil, quietHours: QuietHours(from: 0, to: 0)))
        _ = talk.sends(.assessed([.db()]))
        #expect(talk.sends(at: 10) == ["am: firing 1 db warning"])
        _ = talk.handle(.acknowledged(1, by: "ann"))
        #expect(talk.sends(at: 69) == [])
        #expect(talk.sends(at: 70) == ["am: repeated 1 db warning"])
    }

    @Test func whatIsNoLongerFollowedIsOver() {
        var talk = Conversation("chat")
        _ = talk.sends(.assessed([.db()]))
        _ = talk.sends(at: 10)
        #expect(talk.sends(at: 11, .assessed([])) == ["chat: recovered 1 db warning"])
    }

    @Test func nothingIsForgottenOverARestart() {
        var talk = Conversation("chat")
        _ = talk.sends(.assessed([.db()]))
        _ = talk.sends(at: 10)
        var next = Conversation("chat")
        next.machine = AlertMachine(stack: "shop", host: "h", memory: talk.machine.memory)
        _ = next.handle(.configured(AlertPolicy(channels: [.words("chat")])))
        #expect(next.sends(at: 12, .assessed([.db()])) == [], "it was told")
        #expect(next.sends(at: 20, .ended(1, .recovered(at: .second(15)))) == ["chat: recovered 1 db warning"])
    }

    @Test func memoryMovesWithTheClock() {
        var talk = Conversation("chat")
        _ = talk.sends(.assessed([.db()]))
        _ = talk.sends(at: 10)
        let moved = talk.machine.memory.shifted(by: .seconds(-5))
        #expect(moved.alerts[1]?.told["chat"]?.lastAt == .second(5))
        #expect(moved.shifted(by: .seconds(5)) == talk.machine.memory)
    }
}
