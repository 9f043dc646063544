internal import Stack

/// How long to wait before the next restart: nothing at first, then `backoff`, doubled each time up to `cap`, each with
/// 20 % of jitter. Only sustained health starts it anew.
struct Backoff: Hashable, Sendable, Codable {
    private(set) var restarts = 0

    /// The wait before the next restart; counts it.
    mutating func next(_ policy: RestartPolicy, using generator: inout SplitMix64) -> Duration {
        defer { restarts += 1 }
        if let delay = policy.delay { return max(delay, .zero) }
        guard restarts > 0 else { return .zero }
        let cap = max(policy.cap.nanoseconds, 0)
        var wait = min(max(policy.backoff.nanoseconds, 0), cap)
        var doublings = restarts - 1
        while doublings > 0, wait > 0, wait < cap {
            wait = wait > cap / 2 ? cap : wait * 2
            doublings -= 1
        }
        let jittered = Double(wait) * Double.random(in: 0.8...1.2, using: &generator)
        return .nanoseconds(jittered < Double(cap) ? Int64(jittered) : cap)
    }

    /// Whether the next wait is none.
    func isImmediate(_ policy: RestartPolicy) -> Bool {
        if let delay = policy.delay { return delay <= .zero }
        return restarts == 0 || min(policy.backoff, policy.cap) <= .zero
    }

    mutating func reset() {
        restarts = 0
    }
}
