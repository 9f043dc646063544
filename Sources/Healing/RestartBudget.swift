internal import Stack

/// The restarts of one instance inside a sliding window.
struct RestartBudget: Hashable, Sendable, Codable {
    private var restarts: [Instant] = []

    /// Whether one more restart at `now` would be too many.
    mutating func isSpent(_ policy: RestartPolicy, at now: Instant) -> Bool {
        let start = now + .nanoseconds(-max(policy.budgetWindow.nanoseconds, 0))
        restarts.removeAll { $0 <= start }
        return restarts.count >= policy.budget
    }

    /// How many of its restarts are inside the window.
    func used(_ policy: RestartPolicy, at now: Instant) -> Int {
        let start = now + .nanoseconds(-max(policy.budgetWindow.nanoseconds, 0))
        return restarts.count { $0 > start }
    }

    mutating func record(at now: Instant) {
        restarts.append(now)
        // What no budget can look at any more need not be kept.
        if restarts.count > 1_000 { restarts.removeFirst(restarts.count - 1_000) }
    }

    mutating func reset() {
        restarts = []
    }

    /// The same instants by a clock that shows `time` more.
    mutating func shift(by time: Duration) {
        restarts = restarts.map { $0 + time }
    }
}
