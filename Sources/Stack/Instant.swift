/// A point on a monotonic clock that keeps running through suspend (`CLOCK_BOOTTIME`).
///
/// The engine never reads a clock; every instant it sees was handed to it.
public struct Instant: Hashable, Comparable, Sendable, Codable {
    /// Nanoseconds since the host started.
    public var nanoseconds: Int64

    /// An instant that many nanoseconds after the host started.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The start of the clock.
    public static let zero = Instant(nanoseconds: 0)

    /// The last instant that can be expressed; stands for "never".
    public static let distantFuture = Instant(nanoseconds: .max)

    /// Earlier before later.
    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The instant `duration` later; saturates instead of overflowing.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(duration.nanoseconds)
        guard overflow else { return Instant(nanoseconds: sum) }
        return Instant(nanoseconds: duration < .zero ? .min : .max)
    }

    /// The time from `right` to `left`; saturates instead of overflowing.
    public static func - (left: Instant, right: Instant) -> Duration {
        let (difference, overflow) = left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)
        guard overflow else { return .nanoseconds(difference) }
        return .nanoseconds(left < right ? Int64.min : Int64.max)
    }
}

extension Duration {
    /// The duration in whole nanoseconds, saturating at about 292 years.
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, carried) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        guard !carried else { return seconds < 0 ? .min : .max }
        return sum
    }

    /// The duration in seconds, as metrics and the API give it.
    public var seconds: Double {
        Double(nanoseconds) / 1e9
    }
}
