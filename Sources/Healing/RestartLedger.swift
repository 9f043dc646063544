internal import Stack

/// All that is remembered of an instance's restarts, and the judgement on the next one.
struct RestartLedger: Hashable, Sendable, Codable {
    enum Plan: Equatable {
        /// Start it again after that wait.
        case restart(after: Duration)
        /// The budget is spent.
        case quarantine(until: Instant?, alert: Bool)
        /// `maximumAttempts` is reached.
        case giveUp
    }

    private var backoff = Backoff()
    private var budget = RestartBudget()
    private var quarantine = Quarantine()
    private(set) var attempts = 0

    /// Whether sustained health has anything to forget.
    func hasToBeForgiven(_ policy: RestartPolicy) -> Bool {
        backoff.restarts > 0 || quarantine != Quarantine() || attempts > 0 && policy.window == nil
    }

    /// Restarts that count against the budget now.
    func used(_ policy: RestartPolicy, at now: Instant) -> Int {
        budget.used(policy, at: now)
    }

    mutating func plan(
        _ policy: RestartPolicy, at now: Instant, using generator: inout SplitMix64
    ) -> Plan {
        if let maximum = policy.maximumAttempts, attempts >= maximum { return .giveUp }
        if quarantine.isOnTrial || budget.isSpent(policy, at: now) {
            let (until, alert) = quarantine.enter(policy, at: now)
            return .quarantine(until: until, alert: alert)
        }
        return .restart(after: backoff.next(policy, using: &generator))
    }

    /// Whether a restart now or later, with none in between, would follow its cause at once: time only adds to the budget.
    func restartsAtOnce(_ policy: RestartPolicy, at now: Instant) -> Bool {
        if let maximum = policy.maximumAttempts, attempts >= maximum { return false }
        var budget = budget
        return !quarantine.isOnTrial && !budget.isSpent(policy, at: now) && backoff.isImmediate(policy)
    }

    /// The same instants by a clock that shows `time` more.
    mutating func shift(by time: Duration) {
        budget.shift(by: time)
    }

    /// A restart that counts was begun.
    mutating func recordRestart(at now: Instant) {
        budget.record(at: now)
        attempts += 1
    }

    /// The quarantine's time is up.
    mutating func release() {
        quarantine.release()
    }

    /// Health was sustained: backoff, attempts and quarantine begin anew. The budget's window slides on by itself.
    mutating func forgive(policy: RestartPolicy) {
        backoff.reset()
        quarantine = Quarantine()
        if policy.window == nil { attempts = 0 }
    }

    /// The instance has lived as long as `window` asks for.
    mutating func attemptSucceeded() {
        attempts = 0
    }
}
