import Foundation
import Stack
import Testing

@testable import Alerting

/// Random histories of incidents, people, configurations and healers that are killed, with rules that hold in all of them.
struct AlertHistoryTests {
    /// What each channel was told of each alert, and what it should have been.
    private struct Witness {
        struct Key: Hashable {
            let channel: String
            let alert: Int64
        }

        var kinds: [Key: [AlertMessage.Kind]] = [:]
        var ids: Set<String> = []
        var problems: [String] = []

        mutating func take(_ message: AlertMessage, _ history: History) {
            if !ids.insert(message.id).inserted { problems.append("\(message.id) was given twice") }
            if message.items.isEmpty { problems.append("an empty message") }
            if Set(message.items.map(\.kind.isOngoing)).count > 1 { problems.append("both in one message") }
            for item in message.items { take(item, message.channel, history) }
        }

        private mutating func take(_ item: AlertMessage.Item, _ channel: String, _ history: History) {
            let key = Key(channel: channel, alert: item.id)
            let before = kinds[key] ?? []
            kinds[key, default: []].append(item.kind)
            switch item.kind {
            case .firing:
                if !before.isEmpty { problems.append("\(key) began twice: \(before)") }
                let known = history.knownAt[item.id] ?? 0
                if !history.urgent.contains(item.id), history.second - known < 10 {
                    problems.append("\(key) came early")
                }
            case .escalated, .updated, .repeated:
                if before.isEmpty, item.kind != .escalated { problems.append("\(key) did not begin") }
                if before.last == .recovered { problems.append("\(key) goes on after its end") }
                if item.kind != .updated, history.acknowledged.contains(item.id), channel != "am" {
                    problems.append("\(key) is \(item.kind) although somebody looks after it")
                }
            case .recovered:
                if before.isEmpty || before.last == .recovered { problems.append("\(key) ended: \(before)") }
                if history.open[item.id] != nil { problems.append("\(key) goes on") }
            case .repaired:
                if !before.isEmpty || channel == "pager" || channel == "am" {
                    problems.append("\(key) was only repaired")
                }
            case .test: problems.append("a test")
            }
            if channel != "am", history.isQuiet, item.severity < .critical { problems.append("\(key) in quiet hours") }
        }
    }

    private struct History {
        var dice: SplitMix64
        var second: Int64 = 0
        var open: [Int64: AlertCondition] = [:]
        var knownAt: [Int64: Int64] = [:]
        var urgent: Set<Int64> = []
        var acknowledged: Set<Int64> = []
        var next: Int64 = 1

        var isQuiet: Bool { policy.quietHours.map { $0.include(time.local) } ?? false }

        var time: AlertTime {
            let calendar = (LocalTimeTests.monday + second) * 1_000_000_000
            return AlertTime(
                now: .second(second), calendar: calendar, local: LocalTime(nanoseconds: calendar, east: 0))
        }

        let policy = AlertPolicy(
            channels: [.words("chat"), .words("boss"), .pager("pager"), .manager("am")],
            routes: [
                AlertRoute(severity: .critical, to: ["pager", "chat", "am"]),
                AlertRoute(severity: .info, services: ["db"], to: ["chat"], goesOn: true),
                AlertRoute(to: ["chat", "am"]),
            ],
            repeatInterval: .seconds(600), quietHours: QuietHours(from: 60, to: 180),
            escalation: [AlertEscalation(after: .seconds(300), to: ["boss", "pager"])])

        mutating func event() -> AlertEvent {
            switch Int.random(in: 0..<10, using: &dice) {
            case 0, 1:
                let urgent = Int.random(in: 0..<5, using: &dice) == 0
                let service = ["db", "web", "api"].randomElement(using: &dice) ?? "db"
                open[next] = AlertCondition(
                    id: next, service: service, cause: "x", severity: urgent ? .critical : .warning, isUrgent: urgent,
                    firstSignAt: .second(second))
                knownAt[next] = second
                if urgent { self.urgent.insert(next) }
                next += 1
            case 2:
                if let id = open.keys.sorted().randomElement(using: &dice) {
                    open[id]?.severity = .critical
                    if Bool.random(using: &dice) { open[id]?.service = "disk" }
                }
            case 3, 4:
                if let id = open.keys.sorted().randomElement(using: &dice) {
                    open[id] = nil
                    let at = Instant.second(second)
                    return .ended(
                        id,
                        [.recovered(at: at), .closed(at: at, reason: "x"), .joined(1, at: at)]
                            .randomElement(using: &dice) ?? .recovered(at: at))
                }
            case 5:
                if let id = open.keys.sorted().randomElement(using: &dice) {
                    acknowledged.insert(id)
                    return .acknowledged(id, by: "ann")
                }
            default: return .timePassed
            }
            return .assessed(open.keys.sorted().compactMap { open[$0] })
        }

    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func everyAlertHasABeginningAndAnEnd(seed: UInt64) throws {
        var history = History(dice: SplitMix64(seed: seed))
        var machine = AlertMachine(stack: "shop", host: "h")
        var witness = Witness()
        func take(_ effects: [AlertEffect]) {
            for case .send(let message) in effects { witness.take(message, history) }
        }
        take(machine.handle(.configured(history.policy), at: history.time))
        for _ in 0..<400 {
            history.second += Int64.random(in: 0...60, using: &history.dice)
            let event = history.event()
            take(machine.handle(event, at: history.time))
            guard Int.random(in: 0..<20, using: &history.dice) == 0 else { continue }
            // The healer is killed: what comes after it has what is on disk.
            let kept = try JSONDecoder().decode(
                AlertMachine.Memory.self, from: JSONEncoder().encode(machine.memory))
            machine = AlertMachine(stack: "shop", host: "h", memory: kept)
            take(machine.handle(.configured(history.policy), at: history.time))
        }
        for id in history.open.keys.sorted() {
            history.open[id] = nil
            take(machine.handle(.ended(id, .recovered(at: history.time.now)), at: history.time))
        }
        // Nobody is kept from an end for longer than quiet hours last.
        history.second += 3 * 3_600
        take(machine.handle(.timePassed, at: history.time))
        #expect(witness.problems == [], "seed \(seed)")
        #expect(machine.isIdle, "seed \(seed)")
        for (key, kinds) in witness.kinds where kinds != [.repaired] {
            #expect(kinds.last == .recovered, "\(key), seed \(seed): \(kinds)")
        }
    }
}
