/// How much a call matters when there is no room for all: 9 is the last to be shed, 0 the first.
public struct Priority: Hashable, Comparable, Sendable, Codable {
    /// 0 to 9.
    public let level: UInt8

    /// The nearest of the ten priorities.
    public init(_ level: Int) {
        self.level = UInt8(Swift.min(Swift.max(level, 0), 9))
    }

    /// The first to be shed.
    public static let lowest = Priority(0)
    /// What a call has that was given none.
    public static let normal = Priority(5)
    /// The last to be shed.
    public static let highest = Priority(9)

    /// Reads a number, the nearest of the ten priorities.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(Int.self))
    }

    /// Writes the number.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(level)
    }

    /// Less important before more important.
    public static func < (left: Priority, right: Priority) -> Bool { left.level < right.level }
}

/// How much of a limit each priority may fill, so that the lowest priority is shed first.
///
/// A call may enter while the calls in flight, of every priority, are fewer than the share of the limit its priority may
/// fill. The highest priority in use may fill all of it, the lowest `lowestShare`, those between in equal steps; with a
/// single priority in use nothing is set aside. Every priority may enter an idle service. Source: the partitions of
/// Netflix' concurrency-limits (`AbstractPartitionedLimiter`), nested instead of side by side, so that what one class
/// leaves unused is not lost to a more important one.
public struct PriorityShares: Hashable, Sendable {
    /// The share of the limit that the lowest priority in use may fill; 1 where it is the only one.
    public let lowestShare: Double
    private let lowest: UInt8
    private let step: Double

    /// Shares for the priorities that calls really have; others count as the nearest of them. `lowestShare` is 0 to 1.
    public init(inUse: ClosedRange<Priority> = .normal ... .normal, lowestShare: Double = 0.5) {
        lowest = inUse.lowerBound.level
        let steps = Double(inUse.upperBound.level - inUse.lowerBound.level)
        self.lowestShare = steps > 0 ? lowestShare.bounded(to: 0...1) : 1
        step = steps > 0 ? (1 - self.lowestShare) / steps : 0
    }

    /// The calls in flight below which a call of that priority may enter a service with that limit; at least 1 where
    /// the limit is.
    public func threshold(_ priority: Priority, limit: Int) -> Int {
        let above = Double(max(Int(priority.level) - Int(lowest), 0))
        // A hair less, so that ten times a tenth is not rounded up to eleven.
        let share = min(lowestShare + step * above, 1)
        let limit = min(max(limit, 0), Int(Int32.max))
        let places = (Double(limit) * share - 1e-9).rounded(.up)
        return min(max(Int(places), 1), limit)
    }

    /// Whether one more call of that priority may enter.
    public func admits(_ priority: Priority, inFlight: Int, limit: Int) -> Bool {
        inFlight < threshold(priority, limit: limit)
    }
}
