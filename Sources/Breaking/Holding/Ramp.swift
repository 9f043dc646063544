public import Stack

/// Lets the calls that waited for a service go to it little by little, so that its return is not its next failure.
///
/// A few are let through at first. As with TCP's slow start (RFC 5681), each that succeeds makes room for one more
/// besides its own, so that their number doubles with each round; a failure halves it. Calls may take long, or never end
/// as a connection may not, so time lets through a growing share too, (t / `time`)² of those that waited at the
/// beginning; after `time` all may go. Defaults: 2 at first, 5 s.
///
/// A call allocates nothing.
public struct Ramp: Sendable, Equatable {
    /// How it begins and when it ends.
    public struct Policy: Hashable, Sendable, Codable {
        /// Calls let through at first, at least 1.
        public var initial: Int
        /// After this all may go; zero is at once. A day at most.
        public var time: Duration

        /// Hale's defaults.
        public init(initial: Int = 2, time: Duration = .seconds(5)) {
            self.initial = initial
            self.time = time
        }
    }

    private static let most = 1_000_000

    /// The policy in force, with every value in its range.
    public let policy: Policy
    /// When it began.
    public let began: Instant
    /// Those that waited then.
    public let waitingAtFirst: Int
    /// Calls that may be in flight by their successes; it doubles with each round of them.
    public private(set) var window: Int
    /// Calls it has let through.
    public private(set) var released = 0
    /// Those of them that have no outcome yet.
    public private(set) var inFlight = 0

    /// Begins when a service is back and so many wait for it.
    public init(policy: Policy = Policy(), waiting: Int, at now: Instant) {
        self.policy = Policy(
            initial: min(max(policy.initial, 1), Self.most), time: min(max(policy.time, .zero), .seconds(86_400)))
        began = now
        waitingAtFirst = min(max(waiting, 0), Self.most)
        window = self.policy.initial
    }

    /// When all may go.
    public var end: Instant { began + policy.time }

    /// Whether all may go.
    public func isOver(at now: Instant) -> Bool {
        now >= end
    }

    /// How many of those that wait may go now; they count as let through and are to be reported with ``ended(_:)``.
    public mutating func release(waiting: Int, at now: Instant) -> Int {
        let count = min(
            max(waiting, 0), isOver(at: now) ? Self.most : max(window - inFlight, due(at: now) - released, 0))
        released = min(released + count, Self.most)
        inFlight = min(inFlight + count, Self.most)
        return count
    }

    /// How a call that was let through ended; those that say nothing about the service are `ignored`.
    public mutating func ended(_ outcome: CircuitBreaker.Outcome) {
        inFlight = max(inFlight - 1, 0)
        switch outcome {
        case .success: window = min(window + 1, Self.most)
        case .failure: window = max(window / 2, 1)
        case .ignored: break
        }
    }

    /// When time alone lets the next one through; nil when it is over. A success may come first.
    public func nextRelease(after now: Instant) -> Instant? {
        guard !isOver(at: now) else { return nil }
        guard released < waitingAtFirst else { return end }
        // The first t at which (t / time)² of them are more than have gone.
        let share = (Double(released + 1) / Double(waitingAtFirst)).squareRoot()
        let wait = Int64((share * Double(policy.time.nanoseconds)).rounded(.up))
        let next = min(began + .nanoseconds(wait), end)
        return next > now ? next : min(now + .milliseconds(1), end)
    }

    /// The calls that time alone has let through by `now`.
    private func due(at now: Instant) -> Int {
        let elapsed = Double(max((now - began).nanoseconds, 0))
        let share = elapsed / Double(max(policy.time.nanoseconds, 1))
        return Int(min(share * share, 1) * Double(waitingAtFirst))
    }
}
