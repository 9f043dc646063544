import Breaking
import Stack
import Testing

/// What the breaker does beyond its reference: leases, growing open times, calls still hanging, orders, restarts.
@Suite struct CircuitBreakerTests {
    private static func seconds(_ seconds: Double) -> Instant { .zero + .seconds(seconds) }

    private func breaker(_ policy: CircuitBreaker.Policy = .init()) -> CircuitBreaker {
        CircuitBreaker(policy: policy, at: .zero)
    }

    private func permit(_ breaker: inout CircuitBreaker, _ second: Double) throws -> CircuitBreaker.Permit {
        guard case .admitted(let permit) = breaker.admit(at: Self.seconds(second)) else { throw Rejected() }
        return permit
    }

    private struct Rejected: Error {}

    private func call(_ breaker: inout CircuitBreaker, _ outcome: CircuitBreaker.Outcome, at second: Double) throws {
        let permit = try permit(&breaker, second)
        breaker.record(outcome, of: permit, at: Self.seconds(second))
    }

    /// Fails five times at that second, which trips a breaker with the default policy.
    private func trip(_ breaker: inout CircuitBreaker, at second: Double) throws {
        for _ in 0..<5 { try call(&breaker, .failure, at: second) }
    }

    @Test func fiveFailuresInARowAreEnoughWithoutAnyTraffic() throws {
        var breaker = breaker()
        try trip(&breaker, at: 1)
        #expect(breaker.state == .open(until: Self.seconds(6)))
        #expect(breaker.nextTransition == Self.seconds(6))
        #expect(breaker.admit(at: Self.seconds(5.9)) == .rejected(retryAt: Self.seconds(6)))
    }

    @Test func aSuccessInBetweenBreaksTheRow() throws {
        var breaker = breaker(.init(minimumCalls: 100))
        for _ in 0..<4 { try call(&breaker, .failure, at: 1) }
        try call(&breaker, .success, at: 1)
        for _ in 0..<4 { try call(&breaker, .failure, at: 1) }
        #expect(breaker.state == .closed)
        try call(&breaker, .failure, at: 1)
        #expect(breaker.state == .open(until: Self.seconds(6)))
    }

    @Test func theOpenTimeDoublesUpToTheCapAndIsShortAgainAfterSustainedSuccess() throws {
        var breaker = breaker()
        var now = 0.0
        var times: [Double] = []
        for _ in 0..<6 {
            try trip(&breaker, at: now)
            let next = try #require(breaker.nextTransition)
            times.append((next - Self.seconds(now)).seconds)
            now = Double(next.nanoseconds) / 1e9
            for _ in 0..<3 { try call(&breaker, .success, at: now) }
            #expect(breaker.state == .closed)
        }
        #expect(times == [5, 10, 20, 40, 60, 60])
        // 59 seconds of success are not sustained, 60 are.
        try call(&breaker, .success, at: now + 59)
        #expect(breaker.tripsInARow == 6)
        try call(&breaker, .success, at: now + 60)
        #expect(breaker.tripsInARow == 0)
        try trip(&breaker, at: now + 61)
        #expect(breaker.state == .open(until: Self.seconds(now + 66)))
    }

    @Test func aFailedTrialDoublesToo() throws {
        var breaker = breaker()
        try trip(&breaker, at: 0)
        for _ in 0..<3 { try call(&breaker, .failure, at: 5) }
        #expect(breaker.state == .open(until: Self.seconds(15)))
        #expect(breaker.counters.trips == 2)
    }

    @Test func permitsAreLeasesThatExpire() throws {
        var breaker = breaker()
        try trip(&breaker, at: 0)
        for second in [5.0, 6, 7] { _ = try permit(&breaker, second) }
        #expect(breaker.admit(at: Self.seconds(8)) == .rejected(retryAt: Self.seconds(35)))
        #expect(breaker.livePermits(at: Self.seconds(8)) == 3)
        #expect(breaker.livePermits(at: Self.seconds(35)) == 2)
        _ = try permit(&breaker, 35)
        #expect(breaker.admit(at: Self.seconds(35)) == .rejected(retryAt: Self.seconds(36)))
    }

    @Test func callsThatTakeLongerThanTheirLeaseAreJudgedAllTheSame() throws {
        var breaker = breaker()
        try trip(&breaker, at: 0)
        let long = try (0..<3).map { _ in try permit(&breaker, 5) }
        // Others have taken their places since, and hang too.
        for _ in 0..<3 { _ = try permit(&breaker, 40) }
        for permit in long { breaker.record(.success, of: permit, at: Self.seconds(50)) }
        #expect(breaker.state == .closed)
    }

    @Test func outcomesAndLiveCallsTogetherAreAsManyAsArePermitted() throws {
        var breaker = breaker()
        try trip(&breaker, at: 0)
        for _ in 0..<2 { try call(&breaker, .success, at: 5) }
        let last = try permit(&breaker, 5)
        #expect(breaker.admit(at: Self.seconds(6)) == .rejected(retryAt: Self.seconds(35)))
        // An ignored end gives the place to another.
        breaker.record(.ignored, of: last, at: Self.seconds(7))
        try call(&breaker, .success, at: 7)
        #expect(breaker.state == .closed)
    }

    @Test func aPermitHandedBackTwiceCountsOnceInATrial() throws {
        var breaker = breaker()
        try trip(&breaker, at: 0)
        let once = try permit(&breaker, 5)
        for _ in 0..<3 { breaker.record(.success, of: once, at: Self.seconds(6)) }
        #expect(breaker.state == .halfOpen)
    }

    @Test func aResultOfAnEarlierStateChangesNothing() throws {
        var breaker = breaker()
        let early = try permit(&breaker, 0)
        try trip(&breaker, at: 1)
        for second in [2.0, 6, 7] {
            breaker.advance(to: Self.seconds(second))
            let before = breaker
            breaker.record(.failure, of: early, at: Self.seconds(second))
            #expect(breaker == before)
        }
        for _ in 0..<3 { try call(&breaker, .success, at: 8) }
        let before = breaker
        breaker.record(.failure, of: early, at: Self.seconds(9))
        #expect(breaker == before)
    }

    @Test func aHangingCallIsSlowOnceAndBeforeItEnds() throws {
        var breaker = breaker(.init(slowThreshold: .seconds(1), window: .count(10), minimumCalls: 10))
        var hanging = try permit(&breaker, 0)
        #expect(breaker.becomesSlow(hanging) == Instant(nanoseconds: 1_000_000_001))
        breaker.noteHanging(&hanging, at: Self.seconds(1))
        #expect(!hanging.isNotedHanging, "exactly the threshold is not longer than it")
        breaker.noteHanging(&hanging, at: Self.seconds(1.1))
        breaker.noteHanging(&hanging, at: Self.seconds(1.2))
        #expect(hanging.isNotedHanging)
        #expect(breaker.becomesSlow(hanging) == nil)
        breaker.record(.success, of: hanging, at: Self.seconds(2))
        #expect(breaker.counters.slow == 1)
        for _ in 0..<9 { try call(&breaker, .success, at: 2) }
        #expect(breaker.rates(at: Self.seconds(2))?.slow == 0.1)
        #expect(breaker.rates(at: Self.seconds(2))?.failure == 0)
    }

    @Test(arguments: [CircuitBreaker.Policy.Window.count(10), .time(.seconds(30))])
    func aHangingCallThatFailsInTheEndIsOneCall(window: CircuitBreaker.Policy.Window) throws {
        var breaker = breaker(.init(slowThreshold: .seconds(1), window: window))
        var hanging = try permit(&breaker, 0)
        breaker.noteHanging(&hanging, at: Self.seconds(2))
        for _ in 0..<9 { try call(&breaker, .success, at: 3) }
        breaker.record(.failure, of: hanging, at: Self.seconds(4))
        #expect(breaker.rates(at: Self.seconds(4)) == .init(failure: 0.1, slow: 0.1))
        #expect(breaker.counters.slow == 1)
    }

    @Test func aServiceThatOnlyHangsIsNoticedWhileItHangs() throws {
        var breaker = breaker(.init(slowThreshold: .seconds(1)))
        var hanging = try (0..<10).map { _ in try permit(&breaker, 0) }
        for index in hanging.indices { breaker.noteHanging(&hanging[index], at: Self.seconds(2)) }
        #expect(breaker.state == .open(until: Self.seconds(7)))
        // The same in half-open.
        var trial = try (0..<3).map { _ in try permit(&breaker, 7) }
        for index in trial.indices { breaker.noteHanging(&trial[index], at: Self.seconds(9)) }
        #expect(breaker.state == .open(until: Self.seconds(19)))
    }

    @Test func aNewPolicyKeepsTheState() throws {
        var breaker = breaker(.init(open: .seconds(300), openCap: .seconds(300)))
        try trip(&breaker, at: 0)
        breaker.update(policy: .init(open: .seconds(5), openCap: .seconds(20)), at: Self.seconds(1))
        #expect(breaker.state == .open(until: Self.seconds(21)))
        #expect(breaker.counters.trips == 1)
        breaker.advance(to: Self.seconds(21))
        for _ in 0..<2 { try call(&breaker, .success, at: 21) }
        #expect(breaker.state == .halfOpen)
        // Two outcomes are all that the new policy asks for; nobody would ever be let through to bring a third.
        breaker.update(policy: .init(halfOpenPermits: 2), at: Self.seconds(22))
        #expect(breaker.state == .closed)
    }

    @Test func aNewPolicyWithTheSameWindowKeepsItsCalls() throws {
        var breaker = breaker(.init(minimumCalls: 4, consecutiveFailures: nil))
        for _ in 0..<3 { try call(&breaker, .failure, at: 0) }
        breaker.update(policy: .init(minimumCalls: 5, consecutiveFailures: nil), at: Self.seconds(1))
        for _ in 0..<2 { try call(&breaker, .success, at: 1) }
        #expect(breaker.state == .open(until: Self.seconds(6)))
    }

    @Test func forceClosedKeepsTheOpenTimeItHadComeToAndResetDoesNot() throws {
        var breaker = breaker()
        try trip(&breaker, at: 0)
        breaker.forceClosed(at: Self.seconds(1))
        try trip(&breaker, at: 1)
        #expect(breaker.state == .open(until: Self.seconds(11)))
        breaker.reset(at: Self.seconds(2))
        try trip(&breaker, at: 2)
        #expect(breaker.state == .open(until: Self.seconds(7)))
        #expect(breaker.counters.trips == 3)
    }

    @Test func onlyAnOrderEndsForcedOpen() {
        var breaker = breaker()
        breaker.forceOpen(at: .zero)
        #expect(breaker.admit(at: Self.seconds(1e6)) == .rejected(retryAt: nil))
        #expect(breaker.nextTransition == nil)
    }

    @Test func aPolicyOutOfRangeIsBroughtIntoIt() {
        let policy = breaker(
            .init(
                failureRate: -1, slowCallRate: .nan, window: .count(-3), minimumCalls: 0, consecutiveFailures: 0,
                open: .seconds(-1), openCap: .seconds(-2), halfOpenPermits: 0, permitLease: .zero)
        ).policy
        #expect(policy.failureRate > 0 && policy.slowCallRate == 1 && policy.minimumCalls == 1)
        #expect(policy.consecutiveFailures == 1 && policy.open == .zero && policy.openCap == .zero)
        #expect(policy.halfOpenPermits == 1 && policy.permitLease == .milliseconds(1))
    }
}
