import Breaking
import Stack
import Testing

/// What resilience4j documents for its state machine, and its tests show, as rows: calls one after the other, and the
/// state, the rates and the number of judged calls they lead to.
@Suite struct ReferenceTableTests {
    /// One step of a row.
    enum Step: Sendable, CustomStringConvertible {
        /// A call that ends so after so many milliseconds.
        case success(Int64), failure(Int64), ignored
        /// Milliseconds without a call.
        case wait(Int64)
        case rejected
        case forceOpen, forceClosed, reset, disable, metricsOnly

        var description: String {
            switch self {
            case .success(let time): "+\(time)"
            case .failure(let time): "-\(time)"
            case .ignored: "i"
            case .wait(let time): "w\(time)"
            case .rejected: "x"
            case .forceOpen: "forceOpen"
            case .forceClosed: "forceClosed"
            case .reset: "reset"
            case .disable: "disable"
            case .metricsOnly: "metricsOnly"
            }
        }
    }

    enum Expected: Sendable { case closed, open, halfOpen, forcedOpen, disabled, metricsOnly }

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let window: CircuitBreaker.Policy.Window
        var minimum = 5
        let steps: [Step]
        let state: Expected
        var failure: Double?
        var slow: Double?

        var testDescription: String { "\(name): \(steps)" }
    }

    /// Shorthand for rows: `+` success, `-` failure, `S` slow success, `F` slow failure, `i` ignored, `x` a rejection,
    /// `.` a second without a call.
    private static func steps(_ text: String) -> [Step] {
        text.compactMap { character -> Step? in
            switch character {
            case "+": .success(0)
            case "-": .failure(0)
            case "S": .success(4_001)
            case "F": .failure(4_001)
            case "E": .success(4_000)
            case "i": .ignored
            case "x": .rejected
            case ".": .wait(1_000)
            default: nil
            }
        }
    }

    private static let ten = CircuitBreaker.Policy.Window.count(10)
    private static let five = CircuitBreaker.Policy.Window.count(5)
    private static let twenty = CircuitBreaker.Policy.Window.time(.seconds(20))
    /// Trips a window of five, then waits until it may be tried again.
    private static let opened = steps("----- .....")

    static let rows: [Row] = [
        // Below the minimum no rate is defined, however bad the calls were.
        Row(name: "too few to judge", window: twenty, steps: steps("----"), state: .closed),
        Row(
            name: "failures at the minimum", window: twenty, steps: steps("---++"), state: .open, failure: 0.6, slow: 0),
        Row(
            name: "the success that fills the minimum", window: five, steps: steps("---++"), state: .open, failure: 0.6,
            slow: 0),
        Row(name: "spread over time", window: twenty, steps: steps("+.+.+.-.-.-"), state: .open, failure: 0.5, slow: 0),
        Row(
            name: "one below the threshold", window: twenty, steps: steps("+++--"), state: .closed, failure: 0.4,
            slow: 0),
        Row(
            name: "equal is enough", window: ten, minimum: 10, steps: steps("+++++-----"), state: .open, failure: 0.5,
            slow: 0),
        Row(
            name: "just below equal", window: ten, minimum: 10, steps: steps("++++++----"), state: .closed,
            failure: 0.4,
            slow: 0),
        // A window by count judges at the smaller of its size and the minimum, one in time does not.
        Row(
            name: "minimum above the size", window: five, minimum: 100, steps: steps("+++--"), state: .closed,
            failure: 0.4, slow: 0),
        Row(
            name: "minimum above the size, failing", window: five, minimum: 100, steps: steps("++---"), state: .open,
            failure: 0.6, slow: 0),
        Row(
            name: "minimum in time", window: twenty, minimum: 100, steps: steps(String(repeating: "-", count: 99)),
            state: .closed),
        // What is too old is not judged.
        Row(name: "evicted by count", window: five, steps: steps("++--+++++"), state: .closed, failure: 0, slow: 0),
        Row(
            name: "evicted by time", window: twenty, steps: steps("--" + String(repeating: ".", count: 20) + "---"),
            state: .closed),
        Row(
            name: "not yet evicted", window: twenty, steps: steps("--" + String(repeating: ".", count: 19) + "---"),
            state: .open, failure: 1, slow: 0),
        // Slow is longer than the threshold, not equal to it; a slow failure counts as both.
        Row(name: "slow", window: twenty, steps: steps("SS++S"), state: .open, failure: 0, slow: 0.6),
        Row(name: "exactly the threshold", window: twenty, steps: steps("EE++E"), state: .closed, failure: 0, slow: 0),
        Row(name: "slow below the rate", window: twenty, steps: steps("SS+++"), state: .closed, failure: 0, slow: 0.4),
        Row(name: "slow failures", window: five, steps: steps("FF+++"), state: .closed, failure: 0.4, slow: 0.4),
        // An ignored call is not counted at all.
        Row(name: "ignored", window: five, steps: steps("i--ii--iii"), state: .closed),
        // Open: rejects until the wait is over, then lets a trial begin.
        Row(name: "open rejects", window: five, steps: steps("-----xxx"), state: .open, failure: 1, slow: 0),
        Row(name: "open keeps rejecting", window: five, steps: steps("-----....x"), state: .open, failure: 1, slow: 0),
        Row(name: "half-open by itself", window: five, steps: opened, state: .halfOpen),
        // Half-open is judged by the permitted calls alone, four here, and only when all have an outcome.
        Row(name: "trial unfinished", window: five, steps: opened + steps("+++"), state: .halfOpen),
        Row(name: "trial succeeds", window: five, steps: opened + steps("++++"), state: .closed),
        Row(name: "one of four fails", window: five, steps: opened + steps("-+++"), state: .closed),
        Row(name: "failures first do not end it early", window: five, steps: opened + steps("---"), state: .halfOpen),
        Row(
            name: "two of four fail", window: five, steps: opened + steps("++--"), state: .open, failure: 0.5,
            slow: 0),
        Row(name: "all fail", window: five, steps: opened + steps("----"), state: .open, failure: 1, slow: 0),
        Row(
            name: "two of four are slow", window: five, steps: opened + steps("SS++"), state: .open, failure: 0,
            slow: 0.5),
        Row(name: "one of four is slow", window: five, steps: opened + steps("S+++"), state: .closed),
        Row(name: "ignored calls free their permit", window: five, steps: opened + steps("+++i-"), state: .closed),
        Row(name: "any number of ignored calls", window: five, steps: opened + steps("iiiiiii++++"), state: .closed),
        Row(
            name: "a smaller minimum ends the trial early", window: twenty, minimum: 2,
            steps: steps("-- .....") + steps("++"), state: .closed),
        Row(name: "closed again starts empty", window: five, steps: opened + steps("++++ ----"), state: .closed),
        // By hand.
        Row(name: "forced open stays", window: five, steps: [.forceOpen] + steps("x......x"), state: .forcedOpen),
        Row(
            name: "forced open to closed", window: five, steps: [.forceOpen, .forceClosed] + steps("+"), state: .closed),
        Row(name: "disabled records nothing", window: five, steps: [.disable] + steps("------"), state: .disabled),
        Row(
            name: "metrics only never opens", window: five, steps: [.metricsOnly] + steps("---++-"),
            state: .metricsOnly, failure: 0.6, slow: 0),
        Row(
            name: "metrics only starts empty", window: five, steps: steps("++++") + [.metricsOnly] + steps("+"),
            state: .metricsOnly),
        Row(
            name: "reset empties the window", window: five, steps: steps("----") + [.reset] + steps("-"),
            state: .closed),
        Row(name: "reset closes", window: five, steps: steps("-----") + [.reset], state: .closed),
    ]

    @Test(arguments: rows) func behavesAsDocumented(row: Row) {
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var breaker = CircuitBreaker(
            policy: .init(
                slowCallRate: 0.5, slowThreshold: .seconds(4), window: row.window, minimumCalls: row.minimum,
                consecutiveFailures: nil, open: .seconds(5), openCap: .seconds(5), halfOpenPermits: 4), at: now)
        for step in row.steps {
            switch step {
            case .success(let time): call(.success, time)
            case .failure(let time): call(.failure, time)
            case .ignored: call(.ignored, 0)
            case .wait(let time):
                now = now + .milliseconds(time)
                breaker.advance(to: now)
            case .rejected:
                if case .admitted = breaker.admit(at: now) { Issue.record("\(row.name): admitted") }
            case .forceOpen: breaker.forceOpen(at: now)
            case .forceClosed: breaker.forceClosed(at: now)
            case .reset: breaker.reset(at: now)
            case .disable: breaker.disable(at: now)
            case .metricsOnly: breaker.metricsOnly(at: now)
            }
        }
        #expect(kind(breaker.state) == row.state)
        #expect(breaker.rates(at: now)?.failure == row.failure)
        #expect(breaker.rates(at: now)?.slow == row.slow)

        func call(_ outcome: CircuitBreaker.Outcome, _ milliseconds: Int64) {
            guard case .admitted(let permit) = breaker.admit(at: now) else {
                Issue.record("\(row.name): rejected")
                return
            }
            now = now + .milliseconds(milliseconds)
            breaker.record(outcome, of: permit, at: now)
        }
    }

    private func kind(_ state: CircuitBreaker.State) -> Expected {
        switch state {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        case .forcedOpen: .forcedOpen
        case .disabled: .disabled
        case .metricsOnly: .metricsOnly
        }
    }
}
