/// How long the latest answers took to begin, so that a percentile of them can be told at any time. Allocates nothing.
struct LatencyWindow {
    private static let size = 128
    /// Fewer say nothing of a twentieth of them.
    private static let least = 20
    /// How many come before the percentile is worked out anew.
    private static let round = 16

    /// In microseconds.
    private var latest = InlineArray<128, UInt32>(repeating: 0)
    private var count = 0
    private var next = 0
    private var untilRound = Self.least

    /// Nanoseconds that 19 of 20 of them took at most; nil while there are too few to tell.
    private(set) var percentile95: Int64?

    /// Notes one more, in nanoseconds.
    mutating func record(_ nanoseconds: Int64) {
        latest[next] = UInt32(clamping: nanoseconds / 1_000)
        next = (next + 1) % Self.size
        count = min(count + 1, Self.size)
        untilRound -= 1
        guard untilRound <= 0 else { return }
        untilRound = Self.round
        percentile95 = Int64(rank(above: count - count / 20)) * 1_000
    }

    /// The smallest value that at least `wanted` of them do not exceed, found bit by bit.
    private func rank(above wanted: Int) -> UInt32 {
        var value: UInt32 = 0
        for bit in (0..<UInt32.bitWidth).reversed() {
            let candidate = value | (1 << UInt32(bit)) &- 1
            if countUp(to: candidate) < wanted { value |= 1 << UInt32(bit) }
        }
        return value
    }

    private func countUp(to bound: UInt32) -> Int {
        var found = 0
        for index in 0..<count where latest[index] <= bound { found += 1 }
        return found
    }
}
