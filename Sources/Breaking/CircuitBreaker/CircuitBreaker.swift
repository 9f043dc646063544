public import Stack

/// Keeps calls from a service that fails or answers too slowly, and finds out by itself when it is well again.
///
/// Closed, it counts the calls in a window and opens when, of at least `minimumCalls`, the share of failures or of slow
/// calls reaches its threshold (`>=`; a call is slow when it took longer than the threshold, `>`), or after a number of
/// failures in a row. Open, it rejects calls for a time that doubles with each trip up to a cap. Then it is half-open:
/// it lets a few calls through and, when enough of them have an outcome, opens again if a share reaches its threshold
/// and closes otherwise. Source: resilience4j's `CircuitBreakerStateMachine`, from which it differs where that can
/// wait for ever: permits of half-open are leases, the way from open to half-open needs no call, and a call that is
/// still hanging can be counted as slow before it ends.
///
/// Memory is taken when a policy is set; a call allocates nothing and costs a few dozen nanoseconds. A copy shares that
/// memory until one of the two changes, so keep one breaker in one place and change it there. Time must not run
/// backwards; a time before the last one is taken as it is and does no harm.
public struct CircuitBreaker: Sendable, Equatable {
    /// The policy in force, with every value in its range.
    public internal(set) var policy: Policy
    /// What the breaker does with calls, as of the last time it was told of.
    public internal(set) var state: State = .closed
    /// Changes with each change of state, so that an owner can see whether there is one to tell.
    public internal(set) var generation: UInt32 = 0
    /// What it has seen so far.
    public internal(set) var counters = Counters()
    /// How often it tripped without `resetAfter` of success in between; the open time doubles with each.
    public internal(set) var tripsInARow = 0
    /// Failures since the last success, while closed.
    public internal(set) var failuresInARow = 0

    var window: CallWindow
    var trial: Trial
    /// When it closed last.
    var closedSince: Instant
    /// Nanoseconds after which a call is slow.
    var slowAfter: Int64

    /// A closed breaker.
    public init(policy: Policy = Policy(), at now: Instant) {
        let policy = policy.inRange
        self.policy = policy
        window = CallWindow(policy.window, revision: 1)
        trial = Trial(permits: policy.halfOpenPermits)
        closedSince = now
        slowAfter = policy.slowThreshold?.nanoseconds ?? .max
    }

    /// When time alone will change the state; nil when it will not. Call ``advance(to:)`` then.
    public var nextTransition: Instant? {
        if case .open(let until) = state { until } else { nil }
    }

    /// Goes from open to half-open when it is time. Every other call does this too.
    public mutating func advance(to now: Instant) {
        if case .open(let until) = state, now >= until { enter(.halfOpen, at: now) }
    }

    /// Asks whether a call may go through now.
    public mutating func admit(at now: Instant) -> Admission {
        advance(to: now)
        switch state {
        case .closed, .disabled, .metricsOnly:
            return .admitted(Permit(started: now, generation: generation, ticket: 0))
        case .halfOpen:
            guard let ticket = trial.lease(until: now + policy.permitLease, at: now) else {
                counters.rejections &+= 1
                return .rejected(retryAt: trial.nextEnd(after: now))
            }
            return .admitted(Permit(started: now, generation: generation, ticket: ticket))
        case .open(let until):
            counters.rejections &+= 1
            return .rejected(retryAt: until)
        case .forcedOpen:
            counters.rejections &+= 1
            return .rejected(retryAt: nil)
        }
    }

    /// The shares of failed and slow calls that the current state judges by, and in open those it tripped over; nil below
    /// the minimum of calls.
    public mutating func rates(at now: Instant) -> Rates? {
        advance(to: now)
        switch state {
        case .halfOpen: return trial.tally.rates(minimumCalls: trialCalls)
        case .open where trial.tally.calls > 0: return trial.tally.rates(minimumCalls: 1)
        case .closed, .open, .forcedOpen, .disabled, .metricsOnly:
            window.advance(to: now)
            return window.tally.rates(minimumCalls: window.minimumCalls(policy))
        }
    }

    /// Calls in half-open that hold a permit at `now`.
    public func livePermits(at now: Instant) -> Int {
        state == .halfOpen ? trial.live(at: now) : 0
    }
}

extension CircuitBreaker {
    /// The outcomes by which half-open is judged.
    var trialCalls: Int { min(policy.minimumCalls, policy.halfOpenPermits) }

    /// Every change of state goes through here: what the new one may not hold is dropped.
    mutating func enter(_ next: State, at now: Instant) {
        state = next
        generation &+= 1
        switch next {
        case .closed:
            closedSince = now
            forgetCalls()
        case .halfOpen:
            trial.restart()
        case .open:
            // The calls stay as they are, to show what the breaker tripped over.
            failuresInARow = 0
        case .forcedOpen, .disabled, .metricsOnly:
            forgetCalls()
        }
    }

    private mutating func forgetCalls() {
        window.clear()
        trial.restart()
        failuresInARow = 0
    }

    /// Opens by the breaker's own judgement.
    mutating func trip(at now: Instant) {
        counters.trips &+= 1
        let open = policy.open.nanoseconds
        let doubled = open.multipliedReportingOverflow(by: 1 << Int64(min(tripsInARow, 61)))
        let time = doubled.overflow ? policy.openCap : min(.nanoseconds(doubled.partialValue), policy.openCap)
        tripsInARow = min(tripsInARow + 1, 62)
        enter(.open(until: now + time), at: now)
    }

    func exceeds(_ rates: Rates) -> Bool {
        rates.failure >= policy.failureRate || rates.slow >= policy.slowCallRate
    }
}
