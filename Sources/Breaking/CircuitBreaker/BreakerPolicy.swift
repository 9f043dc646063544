public import Stack

extension CircuitBreaker {
    /// When a breaker opens, for how long, and how it finds out that it may close.
    public typealias Policy = BreakerPolicy
}

extension BreakerPolicy {
    /// The same policy with every value in its range.
    var inRange: BreakerPolicy {
        var policy = self
        // A rate of 0 would open on success alone; resilience4j refuses it too.
        policy.failureRate = Self.rate(failureRate)
        policy.slowCallRate = Self.rate(slowCallRate)
        policy.slowThreshold = slowThreshold.map { max($0, .zero) }
        policy.minimumCalls = max(minimumCalls, 1)
        policy.consecutiveFailures = consecutiveFailures.map { max($0, 1) }
        policy.open = max(open, .zero)
        policy.openCap = max(openCap, policy.open)
        policy.resetAfter = max(resetAfter, .zero)
        policy.halfOpenPermits = min(max(halfOpenPermits, 1), 256)
        policy.permitLease = max(permitLease, .milliseconds(1))
        return policy
    }

    private static func rate(_ rate: Double) -> Double {
        rate > 0 && rate <= 1 ? rate : rate > 1 || rate.isNaN ? 1 : 0.000_001
    }
}
