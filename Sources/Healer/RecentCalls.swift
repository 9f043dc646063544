internal import Control
internal import Stack
internal import Wire

/// The calls of the last minute, in slices of ten seconds that fall out as a whole.
struct RecentCalls: Equatable {
    /// How far back it goes.
    static let window = Duration.seconds(60)
    private static let slice = Duration.seconds(10).nanoseconds
    private static let slices = window.nanoseconds / slice

    private struct Slice: Equatable {
        let number: Int64
        var calls: UInt64 = 0
        var failed: UInt64 = 0
        /// Without those that clients gave up.
        var buckets = [UInt64](repeating: 0, count: LatencyBuckets.count)
    }

    /// The oldest first.
    private var slices: [Slice] = []

    /// Adds the calls that `tally` has more than `known`.
    mutating func add(_ tally: GatewayCalls.Tally, beyond known: GatewayCalls.Tally?, at now: Instant) {
        let number = now.nanoseconds / Self.slice
        if slices.last?.number != number { slices.append(Slice(number: number)) }
        forget(at: now)
        guard let last = slices.indices.last else { return }
        for (place, count) in tally.buckets.enumerated() where slices[last].buckets.indices.contains(place) {
            let before = known.flatMap { $0.buckets.indices.contains(place) ? $0.buckets[place] : nil } ?? 0
            let more = count >= before ? count - before : 0
            slices[last].calls &+= more
            switch tally.outcome {
            case .cancelled: continue
            case .success: break
            case .failure, .timeout, .truncated: slices[last].failed &+= more
            }
            slices[last].buckets[place] &+= more
        }
    }

    /// Drops what is too old.
    mutating func forget(at now: Instant) {
        slices.removeAll { $0.number <= now.nanoseconds / Self.slice - Self.slices }
    }

    /// Whether there is nothing in it.
    var isEmpty: Bool { slices.isEmpty }

    /// All of several instances together; nil where there were no calls.
    static func status(of all: some Collection<RecentCalls>) -> TrafficStatus? {
        var sum = Slice(number: 0)
        for slice in all.flatMap(\.slices) {
            sum.calls &+= slice.calls
            sum.failed &+= slice.failed
            for place in sum.buckets.indices { sum.buckets[place] &+= slice.buckets[place] }
        }
        guard sum.calls > 0 else { return nil }
        func percentile(_ share: Double) -> Double? { LatencyBuckets.percentile(share, of: sum.buckets) }
        return TrafficStatus(
            windowSeconds: Int(window.seconds), calls: sum.calls, failed: sum.failed, p50: percentile(0.5),
            p95: percentile(0.95), p99: percentile(0.99))
    }
}
