public import Stack

extension CircuitBreaker {
    /// Rejects every call until another order.
    public mutating func forceOpen(at now: Instant) {
        enter(.forcedOpen, at: now)
    }

    /// Closes, with an empty window. A service that trips it again meets the open time it had come to.
    public mutating func forceClosed(at now: Instant) {
        enter(.closed, at: now)
    }

    /// Closes and forgets everything but the counters, as if it were new.
    public mutating func reset(at now: Instant) {
        tripsInARow = 0
        enter(.closed, at: now)
    }

    /// Lets every call through and looks at none, until another order.
    public mutating func disable(at now: Instant) {
        enter(.disabled, at: now)
    }

    /// Lets every call through and measures, without acting on it, until another order.
    public mutating func metricsOnly(at now: Instant) {
        enter(.metricsOnly, at: now)
    }

    /// Another threshold for slow calls, nil for none; for one that follows the service's own latency.
    public mutating func setSlowThreshold(_ threshold: Duration?) {
        policy.slowThreshold = threshold.map { max($0, .zero) }
        slowAfter = policy.slowThreshold?.nanoseconds ?? .max
    }

    /// Puts another policy in force and keeps the state, its permits and, unless the window is another, its calls.
    ///
    /// An open breaker does not stay open for longer than the new cap from now. A half-open one that has enough
    /// outcomes under the new policy is judged at once.
    public mutating func update(policy new: Policy, at now: Instant) {
        advance(to: now)
        let old = policy
        policy = new.inRange
        slowAfter = policy.slowThreshold?.nanoseconds ?? .max
        if policy.window != old.window { window = CallWindow(policy.window, revision: max(window.revision &+ 1, 1)) }
        trial.resize(permits: policy.halfOpenPermits, at: now)
        switch state {
        case .open(let until):
            let latest = now + policy.openCap
            if until > latest { state = .open(until: latest) }
        case .halfOpen:
            judgeTrial(at: now)
        case .closed, .forcedOpen, .disabled, .metricsOnly:
            break
        }
    }
}
