/// The buckets that calls are counted in by how long they took: the same everywhere, so that they can be added up.
public enum LatencyBuckets {
    /// The longest call of each bucket but the last, which has none.
    public static let bounds: [Duration] = [
        .microseconds(500), .milliseconds(1), .microseconds(2_500), .milliseconds(5), .milliseconds(10),
        .milliseconds(25), .milliseconds(50), .milliseconds(100), .milliseconds(250), .milliseconds(500),
        .seconds(1), .milliseconds(2_500), .seconds(5), .seconds(10), .seconds(30), .seconds(60),
    ]

    /// Buckets there are.
    public static let count = 17

    /// The bucket of a call that took so long. Some nanoseconds: it is asked for every call.
    public static func place(ofNanoseconds nanoseconds: Int64) -> Int {
        // A table would be a global, which has to be asked whether it is made yet.
        switch nanoseconds {
        case ...500_000: 0
        case ...1_000_000: 1
        case ...2_500_000: 2
        case ...5_000_000: 3
        case ...10_000_000: 4
        case ...25_000_000: 5
        case ...50_000_000: 6
        case ...100_000_000: 7
        case ...250_000_000: 8
        case ...500_000_000: 9
        case ...1_000_000_000: 10
        case ...2_500_000_000: 11
        case ...5_000_000_000: 12
        case ...10_000_000_000: 13
        case ...30_000_000_000: 14
        case ...60_000_000_000: 15
        case _: 16
        }
    }

    /// The seconds within which that share of the calls (0 to 1) ended; nil without calls. `counts` has a number for each
    /// bucket. Within a bucket calls are taken to lie evenly, as Prometheus' `histogram_quantile` does, and those of the
    /// last one at its lower bound.
    public static func percentile(_ share: Double, of counts: [UInt64]) -> Double? {
        let total = counts.reduce(0.0) { $0 + Double($1) }
        guard total > 0 else { return nil }
        let rank = min(max(share, 0), 1) * total
        var below = 0.0
        var lower = 0.0
        for (bound, count) in zip(bounds, counts) {
            let upper = bound.seconds
            if count > 0, below + Double(count) >= rank {
                return lower + (upper - lower) * max(rank - below, 0) / Double(count)
            }
            below += Double(count)
            lower = upper
        }
        return lower
    }
}
