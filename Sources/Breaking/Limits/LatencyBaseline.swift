/// The latency of calls in the long run: the plain mean of the first ten, an exponential average after.
///
/// Source: `ExpAvgMeasurement` of Netflix' concurrency-limits.
struct LatencyBaseline: Sendable, Equatable {
    private var average = 0.0
    private var sum = 0.0
    private var count = 0
    private let factor: Double

    init(window: Int) {
        factor = 2 / (Double(window) + 1)
    }

    mutating func add(_ sample: Double) -> Double {
        if count < 10 {
            count += 1
            sum += sample
            average = sum / Double(count)
        } else {
            average = average * (1 - factor) + sample * factor
        }
        return average
    }

    mutating func shrink(to share: Double) {
        average *= share
    }
}
