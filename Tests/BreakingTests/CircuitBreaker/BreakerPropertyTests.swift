import Breaking
import Stack
import Testing

/// Random traffic, orders, policies and restarts; every law is checked after every step, then the service is well and
/// the breaker must close.
@Suite struct BreakerPropertyTests {
    @Test(arguments: 0..<8) func everyLawIsKept(share: UInt64) {
        var seen: Set<String> = []
        for seed in stride(from: share, to: 16_000, by: 8) {
            var traffic = RandomTraffic(seed: seed)
            traffic.run(steps: 200)
            traffic.recover()
            seen.formUnion(traffic.seen)
            #expect(traffic.violations.isEmpty, "seed \(seed): \(traffic.violations.prefix(3))")
            if !traffic.violations.isEmpty { return }
        }
        // Sequences that never come to the rare branches would prove nothing about them.
        let rare: Set = ["open", "halfOpen", "lease expired", "late", "hanging", "update", "restore", "capped"]
        #expect(rare.subtracting(seen) == [])
    }
}

/// A breaker, the calls in flight, and a second opinion about which permits are live.
private struct RandomTraffic {
    private struct Call {
        var permit: CircuitBreaker.Permit
        var generation: UInt32
        var inTrial: Bool
        var end: Instant
    }

    private var random: SplitMix64
    private var now = Instant.zero + .seconds(1_000)
    private var breaker: CircuitBreaker
    private var calls: [Call] = []
    /// How badly the service does, of 100 calls.
    private var failing: UInt64 = 30
    private(set) var violations: [String] = []
    private(set) var seen: Set<String> = []

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        breaker = CircuitBreaker(policy: Self.policy(&random), at: now)
    }

    private static func policy(_ random: inout SplitMix64) -> CircuitBreaker.Policy {
        .init(
            failureRate: Double.random(in: 0...1, using: &random),
            slowCallRate: Double.random(in: 0...1, using: &random),
            slowThreshold: Bool.random(using: &random) ? .milliseconds(Int.random(in: 0...2_000, using: &random)) : nil,
            window: Bool.random(using: &random)
                ? .count(.random(in: 1...20, using: &random)) : .time(.seconds(Int.random(in: 1...40, using: &random))),
            minimumCalls: .random(in: 1...12, using: &random),
            consecutiveFailures: Bool.random(using: &random) ? .random(in: 1...6, using: &random) : nil,
            open: .milliseconds(Int.random(in: 0...5_000, using: &random)),
            openCap: .milliseconds(Int.random(in: 1_000...30_000, using: &random)),
            resetAfter: .seconds(Int.random(in: 0...20, using: &random)),
            halfOpenPermits: .random(in: 1...5, using: &random),
            permitLease: .milliseconds(Int.random(in: 1...5_000, using: &random)))
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps where violations.count < 5 {
            let before = breaker
            step()
            check(before)
        }
    }

    private mutating func step() {
        switch UInt64.random(in: 0..<100, using: &random) {
        case 0..<35: admit()
        case 35..<70: end()
        case 70..<78: hang()
        case 78..<92:
            now = now + .milliseconds(Int.random(in: 0...3_000, using: &random))
            if Bool.random(using: &random) { breaker.advance(to: now) }
        case 92: failing = .random(in: 0...100, using: &random)
        case 93: update()
        case 94: restore()
        case 95: now = breaker.nextTransition ?? now
        default: if UInt64.random(in: 0..<4, using: &random) == 0 { order() }
        }
    }

    private mutating func admit() {
        let stateBefore = breaker.state
        let taken = stateBefore == .halfOpen ? live() + breaker.snapshot.trial.calls : 0
        let allowed = breaker.policy.halfOpenPermits
        switch breaker.admit(at: now) {
        case .admitted(let permit):
            if case .open(let until) = stateBefore, now < until { violations.append("admitted before its time") }
            if stateBefore == .forcedOpen { violations.append("admitted while forced open") }
            let inTrial = breaker.state == .halfOpen
            if inTrial, stateBefore == .halfOpen, taken >= allowed { violations.append("a permit too many") }
            calls.append(
                Call(
                    permit: permit, generation: breaker.generation, inTrial: inTrial,
                    end: now + breaker.policy.permitLease))
        case .rejected(let retry):
            if breaker.state == .closed { violations.append("rejected while closed") }
            if breaker.state == .halfOpen, retry == nil { violations.append("half-open without a way on") }
            if let retry, retry <= now { violations.append("told to retry in the past") }
        }
        if calls.count > 60 { calls.removeFirst(20) }
    }

    private func live() -> Int {
        guard breaker.state == .halfOpen else { return 0 }
        return calls.count {
            $0.inTrial && $0.generation == breaker.generation && $0.end > now && !$0.permit.isNotedHanging
        }
    }

    private mutating func end() {
        guard let index = calls.indices.randomElement(using: &random) else { return }
        let call = calls.remove(at: index)
        let outcome: CircuitBreaker.Outcome =
            UInt64.random(in: 0..<100, using: &random) < failing
            ? .failure : UInt64.random(in: 0..<10, using: &random) == 0 ? .ignored : .success
        breaker.advance(to: now)
        let before = breaker
        breaker.record(outcome, of: call.permit, at: now)
        if call.generation != before.generation {
            seen.insert("late")
            if breaker != before { violations.append("a late result changed something") }
        } else if call.inTrial, call.end <= now {
            seen.insert("lease expired")
        }
    }

    private mutating func hang() {
        guard let index = calls.indices.randomElement(using: &random) else { return }
        breaker.advance(to: now)
        let before = breaker
        let noted = calls[index].permit.isNotedHanging
        breaker.noteHanging(&calls[index].permit, at: now)
        let slow = breaker.counters.slow - before.counters.slow
        if noted || calls[index].generation != before.generation {
            if breaker != before { violations.append("a call hung twice, or late") }
        } else if calls[index].permit.isNotedHanging {
            seen.insert("hanging")
            if slow != 1 { violations.append("a hanging call counted \(slow) times") }
        }
    }

    private mutating func update() {
        seen.insert("update")
        breaker.advance(to: now)
        let before = breaker
        let policy = Self.policy(&random)
        breaker.update(policy: policy, at: now)
        // Leases are those of the policy they were given under, and the calls that lost their place have none.
        if breaker.policy.halfOpenPermits < live() { calls.removeAll { $0.inTrial } }
        if breaker.counters.trips == before.counters.trips, breaker.generation == before.generation {
            if case .open = before.state { return }
            if breaker.state != before.state { violations.append("an update changed the state") }
        }
    }

    private mutating func restore() {
        seen.insert("restore")
        breaker.advance(to: now)
        let before = breaker
        breaker = CircuitBreaker(policy: breaker.policy, restoring: breaker.snapshot, at: now)
        calls = []
        if breaker.state != before.state { violations.append("a restart changed \(before.state)") }
        if breaker.rates(at: now) != rates(of: before) { violations.append("a restart changed the rates") }
    }

    private func rates(of breaker: CircuitBreaker) -> CircuitBreaker.Rates? {
        var copy = breaker
        return copy.rates(at: now)
    }

    private mutating func order() {
        switch UInt64.random(in: 0..<5, using: &random) {
        case 0: breaker.forceOpen(at: now)
        case 1: breaker.forceClosed(at: now)
        case 2: breaker.reset(at: now)
        case 3: breaker.disable(at: now)
        default: breaker.metricsOnly(at: now)
        }
    }

    private mutating func check(_ before: CircuitBreaker) {
        let (old, new) = (before.counters, breaker.counters)
        if new.trips < old.trips || new.rejections < old.rejections || new.successes < old.successes
            || new.failures < old.failures || new.slow < old.slow
        {
            violations.append("a counter went down")
        }
        let live = breaker.livePermits(at: now)
        if live > breaker.policy.halfOpenPermits { violations.append("\(live) live permits") }
        switch breaker.state {
        case .open(let until):
            seen.insert("open")
            if until - now > breaker.policy.openCap { violations.append("open beyond the cap") }
            if breaker.policy.open < breaker.policy.openCap, until - now == breaker.policy.openCap {
                seen.insert("capped")
            }
        case .halfOpen: seen.insert("halfOpen")
        case .closed:
            if let most = breaker.policy.consecutiveFailures, breaker.failuresInARow > most,
                breaker.counters.failures > old.failures
            {
                violations.append("\(breaker.failuresInARow) failures in a row and closed")
            }
        case .forcedOpen, .disabled, .metricsOnly: break
        }
    }

    /// Time passes and every call succeeds at once: whatever the state, the breaker closes within the cap, a lease and
    /// as many calls as half-open asks for.
    mutating func recover() {
        switch breaker.state {
        case .forcedOpen, .disabled, .metricsOnly: breaker.forceClosed(at: now)
        case .closed, .open, .halfOpen: break
        }
        let policy = breaker.policy
        let latest = now + policy.openCap + policy.openCap + policy.permitLease + policy.permitLease
        for _ in 0..<60 where breaker.state != .closed {
            switch breaker.admit(at: now) {
            case .admitted(let permit): breaker.record(.success, of: permit, at: now)
            case .rejected(let retry): now = retry ?? now
            }
        }
        if breaker.state != .closed { violations.append("stuck in \(breaker.state)") }
        if now > latest { violations.append("closed too late") }
    }
}
