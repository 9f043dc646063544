public import Stack

/// Messages on their way to the channels: each in a line of its own, one attempt at a time, the oldest first.
///
/// An attempt that fails is repeated after a wait that grows with every failure (decorrelated jitter) up to five minutes,
/// or as long as the channel asks for, until the channel takes the message: a channel that is dead for a week gets it after
/// a week. One that refuses a message is asked three times; then the message is kept as failed and the next has its turn.
public struct Outbox: Sendable, Hashable {
    /// The first wait.
    public static let base = Duration.seconds(1)
    /// The longest wait that is chosen.
    public static let cap = Duration.seconds(300)
    /// The longest wait that a channel may ask for.
    public static let mostPatience = Duration.seconds(3_600)
    /// How often a message is refused before it counts as failed.
    public static let mostRefusals = 3
    /// How many messages wait for one channel.
    public static let mostQueued = 500
    /// How many failed ones are kept for one channel.
    public static let mostFailed = 20

    struct Line: Sendable, Hashable {
        var entries: [OutboxEntry] = []
        var failed: [OutboxEntry] = []
        var underway: String?
        var notBefore = Instant.zero
        var wait = Outbox.base
        var state = ChannelState()
    }

    var lines: [String: Line] = [:]
    private var dice: SplitMix64

    /// Goes on with what an earlier process left, in that order. Waits are chosen by the seed.
    public init(_ entries: [OutboxEntry] = [], seed: UInt64) {
        dice = SplitMix64(seed: seed)
        for entry in entries {
            if entry.isFailed {
                lines[entry.message.channel, default: Line()].failed.append(entry)
            } else {
                lines[entry.message.channel, default: Line()].entries.append(entry)
            }
        }
    }

    /// Takes what happened at that time of the clock and of the calendar, and says what is to be done.
    public mutating func handle(_ event: OutboxEvent, at now: Instant, calendar: Int64) -> [OutboxEffect] {
        var effects: [OutboxEffect] = []
        switch event {
        case .configured(let names, let changed): effects += configure(names, changed: changed)
        case .posted(let message): effects += post(message)
        case .attempted(let channel, let id, let outcome):
            effects += take(outcome, of: id, by: channel, at: now, calendar: calendar)
        case .timePassed: break
        }
        return effects + attempts(at: now, calendar: calendar)
    }

    /// When something is to be tried next.
    public var nextDeadline: Instant? {
        lines.values.compactMap { $0.underway == nil && !$0.entries.isEmpty ? $0.notBefore : nil }.min()
    }

    /// How each channel is that has or had messages.
    public var states: [String: ChannelState] {
        lines.mapValues { line in
            var state = line.state
            state.queued = line.entries.count
            state.failed = line.failed.count
            state.nextAttemptAt = line.underway == nil && !line.entries.isEmpty ? line.notBefore : nil
            return state
        }
    }

    /// Whether something about that alert waits for that channel.
    public func holds(_ alert: Int64, for channel: String) -> Bool {
        lines[channel]?.entries.contains { $0.message.items.contains { $0.id == alert } } ?? false
    }

    private mutating func configure(_ names: Set<String>, changed: Set<String>) -> [OutboxEffect] {
        var effects: [OutboxEffect] = []
        for (name, line) in lines.sorted(by: { $0.key < $1.key }) where !names.contains(name) {
            let ids = (line.entries + line.failed).map(\.message.id)
            effects += ids.map { .forget($0) }
            if !ids.isEmpty {
                effects.append(
                    .dropped(channel: name, count: ids.count, reason: "the stack has no such channel any more"))
            }
            lines[name] = nil
        }
        // What another address or password refused is tried with the new one.
        for name in changed.sorted() {
            guard var line = lines[name] else { continue }
            let again = line.failed.map { OutboxEntry($0.message) }
            line.failed = []
            line.entries = again + line.entries
            line.notBefore = .zero
            line.wait = Self.base
            lines[name] = line
            effects += again.map { .keep($0) }
        }
        return effects
    }

    private mutating func take(
        _ outcome: DeliveryOutcome, of id: String, by channel: String, at now: Instant, calendar: Int64
    ) -> [OutboxEffect] {
        // A channel may have left meanwhile.
        guard var line = lines[channel], line.underway == id,
            let place = line.entries.firstIndex(where: { $0.message.id == id })
        else { return [] }
        defer { lines[channel] = line }
        line.underway = nil
        switch outcome {
        case .delivered:
            let message = line.entries.remove(at: place).message
            let recovered = line.state.problem != nil
            line.state.sentCount += 1
            line.state.problem = nil
            line.state.lastDeliveryAt = calendar
            line.wait = Self.base
            line.notBefore = now
            return [.forget(id), .delivered(message)] + (recovered ? [.mended(channel: channel)] : [])
        case .failed(let problem, let patience):
            let isNew = line.state.problem == nil
            line.entries[place].problem = problem
            line.state.problem = problem
            line.wait = nextWait(after: line.wait)
            line.notBefore = now + (patience.map { min(max($0, line.wait), Self.mostPatience) } ?? line.wait)
            return [.keep(line.entries[place])] + (isNew ? [.trouble(channel: channel, problem: problem)] : [])
        case .refused(let problem):
            line.entries[place].refusals += 1
            line.entries[place].problem = problem
            line.state.problem = problem
            line.wait = nextWait(after: line.wait)
            line.notBefore = now + line.wait
            guard line.entries[place].refusals >= Self.mostRefusals else { return [.keep(line.entries[place])] }
            return giveUp(place, in: &line, at: now)
        }
    }

    private func giveUp(_ place: Int, in line: inout Line, at now: Instant) -> [OutboxEffect] {
        var entry = line.entries.remove(at: place)
        entry.isFailed = true
        line.failed.append(entry)
        line.state.failedCount += 1
        line.notBefore = now
        line.wait = Self.base
        var effects: [OutboxEffect] = [.keep(entry), .failed(entry)]
        if line.failed.count > Self.mostFailed { effects.append(.forget(line.failed.removeFirst().message.id)) }
        return effects
    }

    /// Between the first wait and three times the last one, so that many who failed together do not come back together.
    private mutating func nextWait(after last: Duration) -> Duration {
        let low = Self.base.nanoseconds
        let high = max(low, min(Self.cap, last * 3).nanoseconds)
        return .nanoseconds(Int64.random(in: low...high, using: &dice))
    }

    private mutating func attempts(at now: Instant, calendar: Int64) -> [OutboxEffect] {
        var effects: [OutboxEffect] = []
        for name in lines.keys.sorted() {
            guard let line = lines[name], line.underway == nil, line.notBefore <= now, let entry = line.entries.first
            else { continue }
            lines[name]?.underway = entry.message.id
            effects.append(
                .attempt(
                    entry.message,
                    Lateness(createdAt: entry.message.createdAt, now: calendar, reason: entry.problem)))
        }
        return effects
    }
}

/// What the outbox is told.
public enum OutboxEvent: Hashable, Sendable {
    /// These are all channels there are, and among them those that are not as they were.
    case configured(Set<String>, changed: Set<String>)
    /// This is to be delivered.
    case posted(AlertMessage)
    /// An attempt to deliver the message of that name came to its end.
    case attempted(channel: String, id: String, DeliveryOutcome)
    /// Time has passed.
    case timePassed
}

/// What the outbox wants done. What is to be kept or forgotten comes before what depends on it.
public enum OutboxEffect: Hashable, Sendable {
    /// Keep this on disk, in the place of what was kept of it before.
    case keep(OutboxEntry)
    /// Forget the message of that name.
    case forget(String)
    /// Try to deliver that; answered by `attempted`.
    case attempt(AlertMessage, Lateness?)
    /// A channel took that.
    case delivered(AlertMessage)
    /// A channel cannot be reached; said once for as long as that lasts.
    case trouble(channel: String, problem: String)
    /// A channel that could not be reached takes messages again.
    case mended(channel: String)
    /// A message was given up.
    case failed(OutboxEntry)
    /// Messages that nobody will get.
    case dropped(channel: String, count: Int, reason: String)
}
