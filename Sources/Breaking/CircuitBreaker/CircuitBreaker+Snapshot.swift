public import Stack

extension CircuitBreaker {
    /// What a breaker hands to its successor when the process it lives in is replaced. Permits are not part of it: the
    /// calls that hold them end with the old process.
    public struct Snapshot: Hashable, Sendable, Codable {
        /// The calls counted in one step of the window.
        public struct Bucket: Hashable, Sendable, Codable {
            /// Where in the row of steps.
            public var position: Int64
            /// All calls.
            public var calls: Int
            /// Those that failed.
            public var failures: Int
            /// Those that were slow.
            public var slow: Int

            /// The calls of one step.
            public init(position: Int64, calls: Int, failures: Int, slow: Int) {
                self.position = position
                self.calls = calls
                self.failures = failures
                self.slow = slow
            }
        }

        /// The state.
        public var state: State
        /// What it has seen so far.
        public var counters: Counters
        /// Trips without sustained success in between.
        public var tripsInARow: Int
        /// Failures since the last success.
        public var failuresInARow: Int
        /// When it closed last.
        public var closedSince: Instant
        /// The window that the calls below were counted in.
        public var window: Policy.Window
        /// The calls in the window, oldest first, without the empty steps.
        public var buckets: [Bucket]
        /// The calls of half-open that have an outcome; in open, those it tripped over.
        public var trial: Bucket
    }

    /// The state as plain values. Allocates; not for the hot path.
    public var snapshot: Snapshot {
        Snapshot(
            state: state, counters: counters, tripsInARow: tripsInARow, failuresInARow: failuresInARow,
            closedSince: closedSince, window: policy.window, buckets: window.buckets,
            trial: .init(
                position: 0, calls: trial.tally.calls, failures: trial.tally.failures, slow: trial.tally.slow))
    }

    /// A breaker that goes on where another one was.
    ///
    /// The values are checked: an open time beyond the policy's cap, an instant in the future, as after a reboot, or a
    /// count no breaker could have is brought into range, and the calls of another window than the policy's are left
    /// out.
    public init(policy: Policy = Policy(), restoring snapshot: Snapshot, at now: Instant) {
        self.init(policy: policy, at: now)
        state = snapshot.state
        counters = snapshot.counters
        tripsInARow = min(max(snapshot.tripsInARow, 0), 62)
        closedSince = min(snapshot.closedSince, now)
        generation = 1
        if snapshot.window == self.policy.window { window.restore(snapshot.buckets, at: now) }
        switch snapshot.state {
        case .open(let until):
            restoreTrial(snapshot.trial, fewerThan: 257)
            state = .open(until: min(until, now + self.policy.openCap))
            advance(to: now)
        case .closed, .metricsOnly:
            failuresInARow = min(max(snapshot.failuresInARow, 0), Int(Int32.max))
        case .halfOpen:
            restoreTrial(snapshot.trial, fewerThan: trialCalls)
        case .forcedOpen, .disabled:
            break
        }
    }

    private mutating func restoreTrial(_ saved: Snapshot.Bucket, fewerThan limit: Int) {
        guard saved.calls > 0, saved.calls < limit, (0...saved.calls).contains(saved.failures),
            (0...saved.calls).contains(saved.slow)
        else { return }
        trial.restart(with: CallTally(calls: saved.calls, failures: saved.failures, slow: saved.slow))
    }
}
