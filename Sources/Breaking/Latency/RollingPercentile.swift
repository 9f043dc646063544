public import Stack

/// A percentile of the latencies of the last while, read at no cost: from when on a call is slow, or worth hedging.
///
/// The window is four slices, the oldest of which falls out as a whole; the value is computed anew at most once a
/// second, and where there are too few samples it is nil. About 40 KiB, taken once; a call allocates nothing.
///
/// A hedge is a second attempt sent to another instance when the first has not been answered by the 95th percentile
/// (Dean and Barroso, The Tail at Scale, 2013): it adds at most a twentieth to the load.
public struct RollingPercentile: Sendable, Equatable {
    private static let slices = 4
    private static let refresh = Duration.seconds(1).nanoseconds

    /// The share of calls that take no longer than the value, 0 to 1.
    public let share: Double
    /// The samples below which there is no value.
    public let minimumSamples: Int
    /// The percentile as of the last second, or nil while there are too few samples.
    public private(set) var value: Duration?

    private var counts: [UInt32]
    private var total: [UInt32]
    private var samples = BucketRing<Int>(size: slices)
    private var slice = 0
    private let width: Int64
    private var refreshAt = Int64.min

    /// Nothing recorded yet. `window` is at least four milliseconds, `minimumSamples` at least 1.
    public init(share: Double = 0.95, window: Duration = .seconds(60), minimumSamples: Int = 20) {
        self.share = share.bounded(to: 0...1)
        self.minimumSamples = max(minimumSamples, 1)
        width = max(window.nanoseconds / Int64(Self.slices), 1_000_000)
        counts = Array(repeating: 0, count: Self.slices * LogLinearScale.count)
        total = Array(repeating: 0, count: LogLinearScale.count)
    }

    /// Counts a call; a negative time counts as none.
    public mutating func record(_ latency: Duration, at now: Instant) {
        advance(to: now)
        let bucket = LogLinearScale.bucket(of: UInt64(max(latency.nanoseconds, 0)))
        counts[slice * LogLinearScale.count + bucket] &+= 1
        total[bucket] &+= 1
        samples.add(1)
    }

    /// Lets what is too old fall out and brings the value up to date, if it is time. Recording does this too.
    public mutating func advance(to now: Instant) {
        let position = now.nanoseconds / width
        if position > samples.head { rotate(to: position) }
        guard now.nanoseconds >= refreshAt else { return }
        refreshAt = now.nanoseconds.addingReportingOverflow(Self.refresh).partialValue
        let count = samples.total
        let bound = count < minimumSamples ? nil : LogLinearScale.percentile(share, of: total, count: UInt64(count))
        value = bound.map { .nanoseconds(Int64(clamping: $0)) }
    }

    /// From when on a call is slow: `factor` times the percentile, but not below `floor`, as twice nothing is still
    /// fast; `fallback` while there are too few samples.
    public func slowThreshold(
        factor: Int = 3, floor: Duration = .milliseconds(100), fallback: Duration = .seconds(5)
    ) -> Duration {
        guard let value else { return fallback }
        let (product, overflow) = value.nanoseconds.multipliedReportingOverflow(by: Int64(max(factor, 1)))
        return max(.nanoseconds(overflow ? .max : product), floor)
    }

    /// How long to wait for an answer before a second attempt is worth it; nil is never. Not below `floor`, so that the
    /// first attempt has a chance.
    public func hedgeDelay(floor: Duration = .milliseconds(1)) -> Duration? {
        value.map { max($0, floor) }
    }

    private mutating func rotate(to position: Int64) {
        let steps = min(position &- samples.head, Int64(Self.slices))
        samples.advance(to: position)
        for _ in 0..<steps {
            slice = (slice + 1) % Self.slices
            let start = slice * LogLinearScale.count
            for bucket in 0..<LogLinearScale.count {
                total[bucket] &-= counts[start + bucket]
                counts[start + bucket] = 0
            }
        }
        // What was learnt is out of date at once, not in a second.
        refreshAt = .min
    }
}
