internal import Stack

/// Turns probes and heartbeats of one run of an instance into a verdict, with the semantics of Docker's health check
/// (moby, daemon/health.go), faster where `confirm` allows it.
struct HealthMonitor: Sendable, Equatable {
    /// What is under way.
    enum Clock: Sendable, Equatable {
        /// The next probe begins then.
        case idle(next: Instant)
        /// A probe is under way; one that is not answered by `until` has failed.
        case probing(since: Instant, until: Instant)
        /// The instance tells by itself; the next heartbeat is due then.
        case listening(until: Instant)
        /// Nothing is asked: no check, paused or ending.
        case suspended
    }

    /// What the engine must do about a deadline.
    enum Due: Equatable {
        case probe(timeout: Duration)
        case unansweredProbe
        case missedHeartbeat
    }

    private static let firstEagerWait = Duration.milliseconds(25)
    private static let longestEagerWait = Duration.seconds(1)
    /// How long after its timeout a probe's answer is waited for, as killing it takes time.
    private static let answerGrace = Duration.seconds(5)
    /// How old an answer may be and still say what a question of now would: failing calls come by the thousand.
    private static let freshness = Duration.milliseconds(100)

    private(set) var verdict: Health
    /// Failures in a row that count.
    private(set) var failures = 0
    /// When the first of them was met.
    private(set) var failingSince: Instant?
    private(set) var lastFailure: String?
    /// When the last probe that passed was begun.
    private(set) var lastPassed: Instant?
    /// When the last probe was begun.
    private(set) var lastAsked: Instant?
    private(set) var clock: Clock
    private let startedAt: Instant
    private var eagerWait = HealthMonitor.firstEagerWait

    /// A monitor for a process that has just been started.
    init(_ check: HealthCheck?, startedAt now: Instant) {
        startedAt = now
        verdict = check == nil ? .none : .starting
        clock = .suspended
        guard let check else { return }
        if let every = check.heartbeatInterval {
            clock = .listening(until: now + max(every, check.startPeriod))
        } else if check.isEager {
            clock = .idle(next: now)
        } else {
            clock = .idle(next: now + check.wait(isStarting: true, age: .zero))
        }
    }

    /// A monitor for a process that already runs, which is asked at once.
    init(_ check: HealthCheck?, adoptedAt now: Instant, startedAt: Instant) {
        self.startedAt = startedAt
        verdict = check == nil ? .none : .starting
        clock = .suspended
        resume(check, at: now)
    }

    /// A monitor for an instance that has no process to ask.
    init(idle check: HealthCheck?, at now: Instant) {
        startedAt = now
        verdict = check == nil ? .none : .starting
        clock = .suspended
    }

    var deadline: Instant? {
        switch clock {
        case .idle(let next): next
        case .probing(_, let until), .listening(let until): until
        case .suspended: nil
        }
    }

    var isProbing: Bool {
        guard case .probing = clock else { return false }
        return true
    }

    /// Whether a question out of turn would say anything new at `now`.
    func isWorthAsking(at now: Instant) -> Bool {
        guard case .idle = clock else { return false }
        return lastAsked.map { now - $0 > Self.freshness } ?? true
    }

    /// What is due at `now`, if anything.
    func due(_ check: HealthCheck, at now: Instant) -> Due? {
        guard let deadline, deadline <= now else { return nil }
        switch clock {
        case .idle: return .probe(timeout: check.timeout)
        case .probing: return .unansweredProbe
        case .listening: return .missedHeartbeat
        case .suspended: return nil
        }
    }

    mutating func probeBegins(_ check: HealthCheck, at now: Instant) {
        lastAsked = now
        clock = .probing(since: now, until: now + max(check.timeout, .zero) + Self.answerGrace)
    }

    /// A probe passed. False where none was under way.
    mutating func passed(_ check: HealthCheck, at now: Instant) -> Bool {
        guard case .probing(let since, _) = clock else { return false }
        lastPassed = since
        succeed()
        clock = .idle(next: now + check.interval.atLeastMillisecond)
        return true
    }

    /// A probe failed. False where none was under way. `isAwaitingRepair` keeps asking fast once it is unhealthy.
    mutating func failed(_ reason: String, _ check: HealthCheck, at now: Instant, isAwaitingRepair: Bool) -> Bool {
        guard case .probing(let since, _) = clock else { return false }
        lastFailure = reason
        if verdict != .starting || since - startedAt >= check.countingBegins { count(check, at: now) }
        clock = .idle(next: nextProbe(after: since, check, at: now, isAwaitingRepair: isAwaitingRepair))
        return true
    }

    /// The instance said that it is well.
    mutating func beat(_ check: HealthCheck, at now: Instant) {
        guard let every = check.heartbeatInterval, case .listening = clock else { return }
        lastPassed = now
        succeed()
        clock = .listening(until: now + every.atLeastMillisecond)
    }

    mutating func heartbeatMissed(_ check: HealthCheck, at now: Instant) {
        guard let every = check.heartbeatInterval else { return }
        lastFailure = "no heartbeat for \(DurationText.format(every))"
        count(check, at: now)
        clock = .listening(until: now + every.atLeastMillisecond)
    }

    /// Asks nothing more until `resume`.
    mutating func suspend() {
        clock = .suspended
    }

    /// Asks at once and counts failures from nothing, the verdict staying until the answer.
    mutating func resume(_ check: HealthCheck?, at now: Instant) {
        failures = 0
        failingSince = nil
        guard let check else { return }
        eagerWait = Self.firstEagerWait
        if let every = check.heartbeatInterval {
            clock = .listening(until: now + every.atLeastMillisecond)
        } else {
            clock = .idle(next: now)
        }
    }

    /// Takes over a changed check without forgetting what is known.
    mutating func reconfigure(_ check: HealthCheck?, at now: Instant) {
        guard check != nil else {
            verdict = .none
            lastFailure = nil
            failures = 0
            failingSince = nil
            clock = .suspended
            return
        }
        if verdict == .none { verdict = .starting }
        resume(check, at: now)
    }

    private mutating func succeed() {
        verdict = .healthy
        failures = 0
        failingSince = nil
        lastFailure = nil
    }

    private mutating func count(_ check: HealthCheck, at now: Instant) {
        failures += 1
        if failingSince == nil { failingSince = now }
        if failures >= max(check.retries, 1) { verdict = .unhealthy }
    }

    private mutating func nextProbe(
        after since: Instant, _ check: HealthCheck, at now: Instant, isAwaitingRepair: Bool
    ) -> Instant {
        if let confirm = check.confirm {
            if failures > 0, verdict != .unhealthy || isAwaitingRepair {
                // Counted from the begin of the failed probe: one that timed out has already cost its time.
                return max(now, since + min(confirm, check.interval).atLeastMillisecond)
            }
            if verdict == .starting, check.isEager {
                defer { eagerWait = min(eagerWait + eagerWait, Self.longestEagerWait) }
                return now + eagerWait
            }
        }
        return now + check.wait(isStarting: verdict == .starting, age: now - startedAt)
    }
}

extension HealthCheck {
    /// How often the instance must tell by itself, where it is not asked.
    var heartbeatInterval: Duration? {
        guard case .heartbeat(let every) = probe else { return nil }
        return every
    }

    /// Whether a probe costs no process of its own.
    var isNative: Bool {
        switch probe {
        case .command, .shell, .heartbeat: false
        case .tcp, .http, .postgres, .redis, .bolt, .ollama, .grpc: true
        }
    }

    /// Whether an instance that starts is asked without waiting for the interval.
    var isEager: Bool { confirm != nil && isNative }

    /// The age from which failures count: the start period's end, but not before Docker would have asked once, as what
    /// is asked earlier may only be on its way up.
    var countingBegins: Duration {
        max(startPeriod, wait(isStarting: true, age: .zero))
    }

    /// Docker's wait from the end of one probe to the start of the next.
    func wait(isStarting: Bool, age: Duration) -> Duration {
        (isStarting && age < startPeriod ? startInterval : interval).atLeastMillisecond
    }
}

extension Duration {
    /// Docker refuses shorter intervals; here they would never let time pass.
    var atLeastMillisecond: Duration { max(self, .milliseconds(1)) }
}
