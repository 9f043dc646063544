import Breaking
import Foundation
import Stack
import Testing

/// A breaker's state outlives the process it lives in, and nothing that is wrong in what was kept can do harm.
@Suite struct SnapshotTests {
    private let now = Instant.zero + .seconds(100)
    private let policy = CircuitBreaker.Policy(window: .time(.seconds(30)), minimumCalls: 4, consecutiveFailures: nil)

    private func call(_ breaker: inout CircuitBreaker, _ outcome: CircuitBreaker.Outcome, at now: Instant) {
        guard case .admitted(let permit) = breaker.admit(at: now) else { return }
        breaker.record(outcome, of: permit, at: now)
    }

    private func restored(_ breaker: CircuitBreaker, at now: Instant) throws -> CircuitBreaker {
        let data = try JSONEncoder().encode(breaker.snapshot)
        let snapshot = try JSONDecoder().decode(CircuitBreaker.Snapshot.self, from: data)
        #expect(snapshot == breaker.snapshot)
        return CircuitBreaker(policy: breaker.policy, restoring: snapshot, at: now)
    }

    @Test(arguments: [CircuitBreaker.Policy.Window.time(.seconds(30)), .count(10)])
    func aWindowGoesOn(window: CircuitBreaker.Policy.Window) throws {
        var policy = policy
        policy.window = window
        var breaker = CircuitBreaker(policy: policy, at: now)
        for _ in 0..<3 { call(&breaker, .failure, at: now) }
        var next = try restored(breaker, at: now + .seconds(1))
        #expect(next.counters == breaker.counters)
        call(&next, .success, at: now + .seconds(1))
        #expect(next.state == .open(until: now + .seconds(6)))
    }

    @Test func anOpenTimeGoesOnAndEndsWhenItWouldHave() throws {
        var breaker = CircuitBreaker(policy: policy, at: now)
        for _ in 0..<4 { call(&breaker, .failure, at: now) }
        #expect(try restored(breaker, at: now + .seconds(1)).state == breaker.state)
        #expect(try restored(breaker, at: now + .seconds(5)).state == .halfOpen)
    }

    @Test func aTrialGoesOnWithoutThePermitsOfTheOldProcess() throws {
        var breaker = CircuitBreaker(policy: policy, at: now)
        for _ in 0..<4 { call(&breaker, .failure, at: now) }
        let later = now + .seconds(5)
        for _ in 0..<2 { call(&breaker, .success, at: later) }
        _ = breaker.admit(at: later)
        var next = try restored(breaker, at: later)
        #expect(next.livePermits(at: later) == 0)
        call(&next, .success, at: later)
        #expect(next.state == .closed)
    }

    @Test func afterARebootNothingWaitsForAClockThatStartedAnew() {
        var breaker = CircuitBreaker(policy: policy, at: now)
        for _ in 0..<4 { call(&breaker, .failure, at: now) }
        let next = CircuitBreaker(policy: policy, restoring: breaker.snapshot, at: .zero)
        #expect(next.state == .open(until: .zero + policy.openCap))
    }

    @Test func impossibleNumbersAreLeftOut() {
        var snapshot = CircuitBreaker(policy: policy, at: now).snapshot
        snapshot.buckets = [
            .init(position: .min, calls: 1, failures: 1, slow: 0), .init(position: 100, calls: 1, failures: 2, slow: 0),
            .init(position: 100, calls: .max, failures: 0, slow: 0),
            .init(position: .max, calls: 9, failures: 9, slow: 9),
            .init(position: 100, calls: -4, failures: -4, slow: -4),
        ]
        snapshot.tripsInARow = .max
        snapshot.failuresInARow = .min
        snapshot.closedSince = .distantFuture
        var breaker = CircuitBreaker(policy: policy, restoring: snapshot, at: now)
        #expect(breaker.rates(at: now) == nil)
        for _ in 0..<4 { call(&breaker, .failure, at: now) }
        #expect(breaker.state == .open(until: now + policy.openCap))
    }
}
