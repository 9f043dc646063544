internal import Platform
internal import Probing
internal import Stack

/// Makes the tests of a plan, some at a time.
final class ConnectivityRun {
    /// One test and what came of it.
    struct Result {
        let test: ConnectivityPlan.Test
        let outcome: ProbeOutcome
    }

    private static let atATime = 64

    private let tests: [ConnectivityPlan.Test]
    private let timeout: Duration
    private let reactor: Reactor
    private let prober: Prober
    private var outcomes: [Int: ProbeOutcome] = [:]
    private var next = 0

    init(_ tests: [ConnectivityPlan.Test], timeout: Duration) throws {
        self.tests = tests
        self.timeout = timeout
        reactor = try Reactor()
        prober = try Prober(reactor: reactor)
    }

    /// Each test with its outcome, in the plan's order.
    func results() -> [Result] {
        while outcomes.count < tests.count {
            while next < tests.count, next - outcomes.count < Self.atATime { start() }
            reactor.turn(limit: .milliseconds(100))
        }
        return tests.enumerated().compactMap { number, test in
            outcomes[number].map { Result(test: test, outcome: $0) }
        }
    }

    private func start() {
        let (number, test) = (next, tests[next])
        next += 1
        _ = prober.start(
            test.exchange.probe, address: test.address, network: test.vantages.first?.network ?? nil, timeout: timeout
        ) { [weak self] outcome in
            self?.outcomes[number] = outcome
        }
    }
}
