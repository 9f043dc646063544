internal import Breaking
internal import Stack

/// What the gateway knows of an instance from the calls that went to it.
struct InstanceGuard {
    /// What a failed call met.
    enum Failure: Equatable, Codable {
        /// Nobody listens.
        case refusal
        /// Nobody answers: the instance is gone or hangs, and a repair is likely.
        case silence(String)
        /// It answers, but with failures.
        case answer(String)
        /// It cannot be spoken to over TLS as it should, and will not be before somebody changes something.
        case untrusted(String)

        var text: String {
            switch self {
            case .refusal: "connection refused"
            case .silence(let text), .answer(let text), .untrusted(let text): text
            }
        }

        /// Whether a repair is likely.
        var isSilence: Bool {
            switch self {
            case .refusal, .silence: true
            case .answer, .untrusted: false
            }
        }

        /// Whether it was TLS that stood in the way.
        var isOfTrust: Bool {
            switch self {
            case .untrusted: true
            case .refusal, .silence, .answer: false
            }
        }
    }

    /// Keeps calls away while they fail.
    var breaker: CircuitBreaker
    /// What the last failed call met.
    private(set) var lastFailure: Failure?
    /// When the healer was last told that calls fail.
    private var toldAt: Int64?
    /// Since when it gets calls.
    private(set) var since: Instant

    init(policy: BreakerPolicy, at now: Instant) {
        breaker = CircuitBreaker(policy: policy, at: now)
        since = now
        switch policy.mode {
        case .automatic: break
        case .disabled: breaker.disable(at: now)
        case .metricsOnly: breaker.metricsOnly(at: now)
        }
    }

    /// Takes over a changed policy.
    mutating func update(_ policy: BreakerPolicy, at now: Instant) {
        guard policy != breaker.policy else { return }
        let mode = breaker.policy.mode
        breaker.update(policy: policy, at: now)
        if policy.mode != mode { setMode(at: now) }
    }

    /// What is known of an instance by another gateway, or of a time before: it gets calls again from now.
    init(policy: BreakerPolicy, restoring kept: Kept, at now: Instant) {
        breaker = CircuitBreaker(policy: policy, restoring: kept.breaker, at: now)
        lastFailure = kept.lastFailure
        since = now
        if breaker.state.mode != policy.mode { setMode(at: now) }
    }

    /// What another gateway must know to go on where this one is.
    struct Kept: Equatable, Codable {
        var breaker: CircuitBreaker.Snapshot
        var lastFailure: Failure?
    }

    /// The same, of this one.
    var kept: Kept { Kept(breaker: breaker.snapshot, lastFailure: lastFailure) }

    /// Whether there is anything to know.
    var isWorthKeeping: Bool { breaker.generation > 0 || breaker.counters != CircuitBreaker.Counters() }

    /// The instance gets calls again.
    mutating func resume(at now: Instant) {
        since = now
    }

    /// Another start of the instance: what was found out about the one before is void, what a person ordered is not.
    mutating func renew(at now: Instant) {
        since = now
        switch breaker.state {
        case .forcedOpen: break
        case .closed, .open, .halfOpen, .disabled, .metricsOnly: reset(at: now)
        }
    }

    /// Puts the breaker where its policy would have it begin.
    mutating func reset(at now: Instant) {
        breaker.reset(at: now)
        setMode(at: now)
        lastFailure = nil
        toldAt = nil
    }

    private mutating func setMode(at now: Instant) {
        switch breaker.policy.mode {
        case .automatic: breaker.reset(at: now)
        case .disabled: breaker.disable(at: now)
        case .metricsOnly: breaker.metricsOnly(at: now)
        }
    }

    /// Whether calls are kept away because nobody listens. Then whoever listens has come back, which one client at a time
    /// that has nothing better to do than wait finds out sooner than any time for a trial.
    var isRefusing: Bool {
        guard lastFailure == .refusal else { return false }
        switch breaker.state {
        case .open, .halfOpen: return true
        case .closed, .forcedOpen, .disabled, .metricsOnly: return false
        }
    }

    /// Notes what a failed call met; whether the healer should be told, which it is at the first sign and then once a
    /// second.
    mutating func fail(_ failure: Failure, at now: Int64) -> Bool {
        lastFailure = failure
        if let toldAt, now - toldAt < 1_000_000_000 { return false }
        toldAt = now
        return true
    }
}

extension CircuitBreaker.State {
    /// What the file must say for a breaker to come to that state.
    fileprivate var mode: BreakerPolicy.Mode {
        switch self {
        case .closed, .open, .halfOpen, .forcedOpen: .automatic
        case .disabled: .disabled
        case .metricsOnly: .metricsOnly
        }
    }
}
