internal import Stack

/// How long calls took, in 15 KiB whatever their number: log-linear buckets over all 64 bits of nanoseconds.
///
/// A percentile is at most 1/32 above the true one and never below it. Source: HdrHistogram. The memory is taken once;
/// recording allocates nothing.
public struct LatencyHistogram: Sendable, Equatable {
    private var counts: [UInt64]
    /// Calls recorded.
    public private(set) var count: UInt64 = 0
    /// What they took together, for a mean; saturates after 292 years.
    public private(set) var sum: Duration = .zero
    /// The longest.
    public private(set) var longest: Duration = .zero

    /// An empty histogram.
    public init() {
        counts = Array(repeating: 0, count: LogLinearScale.count)
    }

    /// Counts a call; a negative time counts as none.
    public mutating func record(_ latency: Duration) {
        let nanoseconds = UInt64(max(latency.nanoseconds, 0))
        counts[LogLinearScale.bucket(of: nanoseconds)] &+= 1
        count &+= 1
        let (total, overflow) = sum.nanoseconds.addingReportingOverflow(Int64(nanoseconds))
        sum = .nanoseconds(overflow ? .max : total)
        longest = max(longest, .nanoseconds(Int64(nanoseconds)))
    }

    /// The time within which that share of calls, 0 to 1, ended; nil without calls. Looks at every bucket: some
    /// microseconds.
    public func percentile(_ share: Double) -> Duration? {
        guard let bound = LogLinearScale.percentile(share, of: counts, count: count) else { return nil }
        return min(.nanoseconds(Int64(clamping: bound)), longest)
    }

    /// The calls that took no longer than the limit, within the width of a bucket, for a histogram metric.
    public func count(upTo limit: Duration) -> UInt64 {
        guard limit >= .zero else { return 0 }
        return counts[...LogLinearScale.bucket(of: UInt64(limit.nanoseconds))].reduce(0, &+)
    }

    /// Adds what another one counted, as of another instance of the same service.
    public mutating func merge(_ other: LatencyHistogram) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
        count &+= other.count
        let (total, overflow) = sum.nanoseconds.addingReportingOverflow(other.sum.nanoseconds)
        sum = .nanoseconds(overflow ? .max : total)
        longest = max(longest, other.longest)
    }
}

extension LogLinearScale {
    /// The upper bound of the bucket that holds the given share of `count` values.
    static func percentile<Count: FixedWidthInteger & UnsignedInteger>(
        _ share: Double, of counts: [Count], count: UInt64
    ) -> UInt64? {
        guard count > 0 else { return nil }
        let rank = max((share.bounded(to: 0...1) * Double(count) - 1e-9).rounded(.up), 1)
        let wanted = min(UInt64(rank), count)
        var seen: UInt64 = 0
        for (bucket, here) in counts.enumerated() where here > 0 {
            seen &+= UInt64(here)
            if seen >= wanted { return upperBound(of: bucket) }
        }
        return nil
    }
}
