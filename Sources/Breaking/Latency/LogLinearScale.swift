/// Buckets for every 64-bit value: 32 to each power of two, so that a bucket is at most 1/32 of its values wide.
///
/// Source: HdrHistogram (Tene); values below 32 have a bucket each.
enum LogLinearScale {
    /// Buckets there are.
    static let count = 60 * 32

    /// The bucket of a value.
    static func bucket(of value: UInt64) -> Int {
        guard value >= 32 else { return Int(value) }
        let shift = 58 - value.leadingZeroBitCount
        return (shift + 1) * 32 + Int((value >> UInt64(shift)) & 31)
    }

    /// The largest value in a bucket.
    static func upperBound(of bucket: Int) -> UInt64 {
        guard bucket >= 32 else { return UInt64(bucket) }
        let shift = UInt64(bucket / 32 - 1)
        let lower = UInt64(bucket % 32 + 32) << shift
        return lower + (1 << shift - 1)
    }
}
