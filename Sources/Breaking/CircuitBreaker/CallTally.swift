/// How many calls there were, and how many of them failed or were slow.
struct CallTally: AdditiveArithmetic, Hashable, Sendable {
    var calls = 0
    var failures = 0
    var slow = 0

    static let zero = CallTally()

    static func + (left: CallTally, right: CallTally) -> CallTally {
        CallTally(
            calls: left.calls &+ right.calls, failures: left.failures &+ right.failures, slow: left.slow &+ right.slow)
    }

    static func - (left: CallTally, right: CallTally) -> CallTally {
        CallTally(
            calls: left.calls &- right.calls, failures: left.failures &- right.failures, slow: left.slow &- right.slow)
    }

    /// The share of failed and of slow calls, or nil while there are too few to say.
    func rates(minimumCalls: Int) -> CircuitBreaker.Rates? {
        guard calls > 0, calls >= minimumCalls else { return nil }
        return CircuitBreaker.Rates(failure: Double(failures) / Double(calls), slow: Double(slow) / Double(calls))
    }
}
