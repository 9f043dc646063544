internal import Stack

/// Slows down whoever tries wrong tokens: a few are answered at once, then each waits its turn, and where the queue is too
/// long it is turned away. Right tokens never wait, so that nobody can lock others out.
struct AttemptLimiter: Equatable {
    enum Verdict: Equatable {
        /// Say that it is wrong, after that time.
        case answer(after: Duration)
        /// Come back after that time.
        case turnAway(until: Duration)
    }

    /// Wrong tokens that are answered at once.
    static let burst = 20
    /// From one answer to the next after those.
    static let interval = Duration.milliseconds(100)
    /// The longest that one waits; longer queues are turned away.
    static let longestWait = Duration.seconds(2)

    /// When the next wrong token would be answered, were there no burst.
    private var nextTurn = Instant.zero

    /// What to do with one more wrong token.
    mutating func wrongToken(at now: Instant) -> Verdict {
        let turn = max(nextTurn, now)
        let wait = (turn - now) - Self.interval * Self.burst
        guard wait <= Self.longestWait else { return .turnAway(until: wait) }
        nextTurn = turn + Self.interval
        return .answer(after: max(wait, .zero))
    }
}
