public import Stack

/// What became of calls, as the gateway counts them from its start: of every instance that had one, or of those whose
/// counts have changed since the last report.
public struct GatewayCalls: Hashable, Sendable {
    /// The calls with one outcome.
    public struct Tally: Hashable, Sendable {
        /// What became of them.
        public var outcome: CallOutcome
        /// Their numbers by `LatencyBuckets`, each bucket by itself.
        public var buckets: [UInt64]
        /// What they took together.
        public var microseconds: UInt64

        /// So many calls; `buckets` has `LatencyBuckets.count` numbers.
        public init(outcome: CallOutcome, buckets: [UInt64], microseconds: UInt64) {
            self.outcome = outcome
            self.buckets = buckets
            self.microseconds = microseconds
        }

        /// The number of calls.
        public var count: UInt64 { buckets.reduce(0, &+) }
    }

    /// The calls to one port of one instance.
    public struct Counts: Hashable, Sendable {
        /// The instance.
        public var instance: InstanceID
        /// The port of the service.
        public var port: UInt16
        /// One for each outcome that calls had, in the order of `CallOutcome`.
        public var tallies: [Tally]

        /// The calls to that port.
        public init(instance: InstanceID, port: UInt16, tallies: [Tally]) {
            self.instance = instance
            self.port = port
            self.tallies = tallies
        }
    }

    /// When the gateway started, which tells one gateway from the next.
    public var startedAt: Instant
    /// The counts.
    public var counts: [Counts]
    /// Whether no instance but these had a call.
    public var isComplete: Bool

    /// These counts.
    public init(startedAt: Instant, counts: [Counts], isComplete: Bool) {
        self.startedAt = startedAt
        self.counts = counts
        self.isComplete = isComplete
    }
}
