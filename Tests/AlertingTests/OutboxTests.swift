import Stack
import Testing

@testable import Alerting

extension AlertMessage {
    static func example(
        _ number: Int, _ kind: AlertMessage.Kind = .firing, channel: String = "chat", id: Int64 = 1,
        at second: Int64 = 0
    ) -> AlertMessage {
        AlertMessage(
            id: "m\(number)", channel: channel, stack: "shop", host: "h", createdAt: second * 1_000_000_000,
            items: [
                Item(
                    id: id, kind: kind, service: "db", severity: .critical, cause: "ended by SIGKILL", startedAt: 0,
                    endedAt: kind.isOngoing ? nil : second * 1_000_000_000, victims: [], victimCount: 0)
            ])
    }
}

struct OutboxTests {
    private var outbox = Outbox(seed: 1)

    private mutating func handle(_ event: OutboxEvent, at second: Int64 = 0) -> [OutboxEffect] {
        outbox.handle(event, at: .second(second), calendar: second * 1_000_000_000)
    }

    @Test mutating func isKeptBeforeItIsTriedAndForgottenAfterwards() {
        let message = AlertMessage.example(1)
        #expect(handle(.posted(message)) == [.keep(OutboxEntry(message)), .attempt(message, nil)])
        #expect(
            handle(.attempted(channel: "chat", id: "m1", .delivered)) == [.forget("m1"), .delivered(message)])
        #expect(outbox.states["chat"]?.sentCount == 1)
        #expect(outbox.nextDeadline == nil)
    }

    @Test mutating func oneAtATimeAndInOrder() {
        _ = handle(.posted(.example(1)))
        #expect(handle(.posted(.example(2, .recovered))) == [.keep(OutboxEntry(.example(2, .recovered)))])
        let effects = handle(.attempted(channel: "chat", id: "m1", .delivered))
        #expect(effects.last == .attempt(.example(2, .recovered), nil))
    }

    @Test mutating func aDeadChannelHoldsUpNoOther() {
        _ = handle(.posted(.example(1)))
        #expect(handle(.posted(.example(2, channel: "mail"))).last == .attempt(.example(2, channel: "mail"), nil))
    }

    @Test mutating func aDeadChannelGetsItLateAndIsToldSo() throws {
        _ = handle(.posted(.example(1)))
        let first = handle(.attempted(channel: "chat", id: "m1", .failed("connection refused")))
        #expect(first.contains(.trouble(channel: "chat", problem: "connection refused")))
        var second: Int64 = 0
        for _ in 0..<20 {
            let due = try #require(outbox.nextDeadline)
            second = due.nanoseconds / 1_000_000_000 + 1
            let effects = handle(.timePassed, at: second)
            guard case .attempt(_, let late) = effects.first else { return #expect(Bool(false)) }
            #expect((late != nil) == (second > 30))
            let next = handle(.attempted(channel: "chat", id: "m1", .failed("connection refused")), at: second)
            #expect(!next.contains(.trouble(channel: "chat", problem: "connection refused")), "said once")
            let wait = try #require(outbox.nextDeadline) - .second(second)
            #expect(wait >= Outbox.base && wait <= Outbox.cap)
        }
        _ = handle(.timePassed, at: second + 400)
        let last = handle(.attempted(channel: "chat", id: "m1", .delivered), at: second + 400)
        #expect(last.contains(.mended(channel: "chat")))
    }

    @Test mutating func aChannelMayAskForPatience() throws {
        _ = handle(.posted(.example(1)))
        _ = handle(.attempted(channel: "chat", id: "m1", .failed("status 429", retryAfter: .seconds(120))))
        #expect(try #require(outbox.nextDeadline) == .second(120))
        _ = handle(.timePassed, at: 120)
        _ = handle(
            .attempted(channel: "chat", id: "m1", .failed("status 429", retryAfter: .seconds(1_000_000))), at: 120)
        #expect(try #require(outbox.nextDeadline) == .second(120) + Outbox.mostPatience)
    }

    @Test mutating func whatIsRefusedIsGivenUpAndTheNextHasItsTurn() throws {
        _ = handle(.posted(.example(1)))
        _ = handle(.posted(.example(2)))
        for attempt in 1...Outbox.mostRefusals {
            let effects = handle(
                .attempted(channel: "chat", id: "m1", .refused("status 403")), at: Int64(attempt) * 1_000)
            if attempt < Outbox.mostRefusals {
                _ = handle(.timePassed, at: Int64(attempt) * 1_000 + 500)
                #expect(outbox.states["chat"]?.failed == 0)
            } else {
                #expect(
                    effects.last == .attempt(.example(2), Lateness(createdAt: 0, now: 3_000_000_000_000, reason: nil)))
            }
        }
        let state = try #require(outbox.states["chat"])
        #expect(state.failed == 1 && state.failedCount == 1 && state.problem == "status 403")
    }

    @Test mutating func aMendedChannelGetsWhatItRefused() {
        _ = handle(.posted(.example(1)))
        for attempt in 1...Int64(Outbox.mostRefusals) {
            _ = handle(.attempted(channel: "chat", id: "m1", .refused("status 401")), at: attempt * 1_000)
            _ = handle(.timePassed, at: attempt * 1_000 + 500)
        }
        let effects = handle(.configured(["chat"], changed: ["chat"]), at: 9_000)
        #expect(effects.contains(.keep(OutboxEntry(.example(1)))))
        guard case .attempt(let message, _) = effects.last else { return #expect(Bool(false)) }
        #expect(message.id == "m1")
    }

    @Test mutating func aChannelThatIsGoneTakesItsMessagesAlong() {
        _ = handle(.posted(.example(1)))
        let effects = handle(.configured([], changed: []))
        #expect(effects.first == .forget("m1"))
        #expect(handle(.attempted(channel: "chat", id: "m1", .delivered)) == [])
        #expect(outbox.states.isEmpty)
    }

    @Test mutating func whoWaitsForTheFirstNeedsNoRepetition() {
        _ = handle(.posted(.example(1)))
        #expect(handle(.posted(.example(2, .repeated))) == [])
    }

    @Test mutating func roomIsMadeByPairsOfWhichNothingWasDelivered() {
        _ = handle(.posted(.example(0, id: 1_000)))
        for number in stride(from: 1, to: Outbox.mostQueued - 1, by: 2) {
            _ = handle(.posted(.example(number, .firing, id: Int64(number))))
            _ = handle(.posted(.example(number + 1, .recovered, id: Int64(number))))
        }
        while (outbox.states["chat"]?.queued ?? 0) < Outbox.mostQueued { _ = handle(.posted(.example(900, id: 900))) }
        let effects = handle(.posted(.example(901, id: 901)))
        #expect(effects.prefix(2) == [.forget("m1"), .forget("m2")])
        #expect(outbox.states["chat"]?.queued == Outbox.mostQueued - 1)
    }

    @Test mutating func whatAnEarlierProcessLeftGoesOnInOrder() {
        var failed = OutboxEntry(.example(1))
        failed.isFailed = true
        outbox = Outbox([failed, OutboxEntry(.example(2)), OutboxEntry(.example(3))], seed: 1)
        let effects = handle(.configured(["chat"], changed: []), at: 100)
        guard case .attempt(let message, let late?) = effects.first else { return #expect(Bool(false)) }
        #expect(message.id == "m2" && late.duration == .seconds(100))
        #expect(outbox.states["chat"]?.failed == 1)
    }

    /// Whatever channels do: what was posted is delivered, given up, or waits, and nothing is tried twice at a time.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func nothingIsLost(seed: UInt64) {
        var dice = SplitMix64(seed: seed)
        var outbox = Outbox(seed: seed)
        var underway: [String: String] = [:]
        var open: Set<String> = []
        var closed: Set<String> = []
        var now = Instant.zero
        func take(_ effects: [OutboxEffect]) {
            for effect in effects {
                switch effect {
                case .attempt(let message, _):
                    #expect(underway[message.channel] == nil, "seed \(seed)")
                    #expect(open.contains(message.id), "it is tried after it was kept; seed \(seed)")
                    underway[message.channel] = message.id
                case .keep(let entry): open.insert(entry.message.id)
                case .forget(let id): closed.insert(id)
                case .delivered, .trouble, .mended, .failed, .dropped: break
                }
            }
        }
        var posted: Set<String> = []
        for number in 0..<300 {
            now = now + .seconds(Int64.random(in: 0...20, using: &dice))
            let channel = ["a", "b", "c"].randomElement(using: &dice) ?? "a"
            if Bool.random(using: &dice) {
                let kind: AlertMessage.Kind = [.firing, .recovered].randomElement(using: &dice) ?? .firing
                let message = AlertMessage.example(number, kind, channel: channel, id: Int64(number))
                posted.insert(message.id)
                take(outbox.handle(.posted(message), at: now, calendar: now.nanoseconds))
            } else if let id = underway.removeValue(forKey: channel) {
                let outcome: DeliveryOutcome =
                    [.delivered, .failed("x"), .refused("y"), .failed("z", retryAfter: .seconds(5))]
                    .randomElement(using: &dice) ?? .delivered
                take(outbox.handle(.attempted(channel: channel, id: id, outcome), at: now, calendar: now.nanoseconds))
            } else {
                take(outbox.handle(.timePassed, at: now, calendar: now.nanoseconds))
            }
            let waiting = Set(outbox.lines.values.flatMap { ($0.entries + $0.failed).map(\.message.id) })
            #expect(waiting.union(closed) == posted && waiting.isDisjoint(with: closed), "seed \(seed)")
        }
    }
}
