/// How long to wait before a service that refuses connections is asked again: short at first, as a service that was
/// just started is usually there within milliseconds, and never more than 50 ms.
struct RetryDelay: Equatable {
    private static let steps: [Int64] = [1, 2, 5, 10, 20, 50].map { $0 * 1_000_000 }
    private static let longest: Int64 = 50 * 1_000_000

    private var step = 0

    /// The next wait in nanoseconds.
    mutating func next() -> Int64 {
        guard step < Self.steps.count else { return Self.longest }
        defer { step += 1 }
        return Self.steps[step]
    }

    /// Starts over at the shortest wait.
    mutating func reset() {
        step = 0
    }
}
