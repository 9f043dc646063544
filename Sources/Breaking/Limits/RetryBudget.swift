public import Stack

/// Bounds retries by the traffic there is, so that they cannot multiply the load on a service that is failing already.
///
/// Each request earns a share of a retry for as long as a token lives, and a small number a second is allowed even
/// without traffic: of the requests and retries of the last `tokenLife`, retries may be at most
/// `ratio` x requests + `floor` x `tokenLife` in seconds. Defaults: 20 %, 2 a second, 10 s. Source: Finagle's
/// `RetryBudget` (20 %, 10 a second, 10 s), with a floor for a handful of requests a second.
///
/// The life of a token is counted in ten steps, the oldest of which ends as a whole. A call allocates nothing.
public struct RetryBudget: Sendable, Equatable {
    /// How many retries there may be.
    public struct Policy: Hashable, Sendable, Codable {
        /// Retries by requests, 0 to 10.
        public var ratio: Double
        /// Retries a second that need no request, 0 to 1,000.
        public var floor: Double
        /// How long a request or a retry is remembered, 1 to 60 seconds.
        public var tokenLife: Duration

        /// Hale's defaults.
        public init(ratio: Double = 0.2, floor: Double = 2, tokenLife: Duration = .seconds(10)) {
            self.ratio = ratio
            self.floor = floor
            self.tokenLife = tokenLife
        }

        fileprivate var inRange: Policy {
            Policy(
                ratio: ratio.bounded(to: 0...10), floor: floor.bounded(to: 0...1_000),
                tokenLife: min(max(tokenLife, .seconds(1)), .seconds(60)))
        }
    }

    private struct Tokens: AdditiveArithmetic, Sendable {
        var requests = 0
        var retries = 0

        static let zero = Tokens()

        static func + (left: Tokens, right: Tokens) -> Tokens {
            Tokens(requests: left.requests &+ right.requests, retries: left.retries &+ right.retries)
        }

        static func - (left: Tokens, right: Tokens) -> Tokens {
            Tokens(requests: left.requests &- right.requests, retries: left.retries &- right.retries)
        }
    }

    private static let steps = 10

    /// The policy in force, with every value in its range.
    public private(set) var policy: Policy
    /// Retries that were allowed so far.
    public private(set) var granted: UInt64 = 0
    /// Retries that were refused so far.
    public private(set) var refused: UInt64 = 0
    private var ring = BucketRing<Tokens>(size: steps)
    private let width: Int64
    /// Retries that need no request.
    private let reserve: Double

    /// A budget that has seen no request yet.
    public init(policy: Policy = Policy()) {
        self.policy = policy.inRange
        width = self.policy.tokenLife.nanoseconds / Int64(Self.steps)
        reserve = self.policy.floor * self.policy.tokenLife.seconds
    }

    /// Notes a request that is sent for the first time.
    public mutating func noteRequest(at now: Instant) {
        advance(to: now)
        ring.add(Tokens(requests: 1))
    }

    /// Takes one retry from the budget; false when it is spent, and then the failure goes to the client.
    public mutating func takeRetry(at now: Instant) -> Bool {
        guard balance(at: now) >= 1 else {
            refused &+= 1
            return false
        }
        granted &+= 1
        ring.add(Tokens(retries: 1))
        return true
    }

    /// The retries that could be taken now, and the share of the next one.
    public mutating func balance(at now: Instant) -> Double {
        advance(to: now)
        // 0.29 x 100 is a hair less than 29 in binary, which must not cost a retry.
        return max(allowance - Double(ring.total.retries) + 1e-9, 0)
    }

    /// What is left of the budget, 0 to 1, for a metric.
    public mutating func remainingRatio(at now: Instant) -> Double {
        let balance = balance(at: now)
        return allowance > 0 ? min(balance / allowance, 1) : 0
    }

    private var allowance: Double { policy.ratio * Double(ring.total.requests) + reserve }

    private mutating func advance(to now: Instant) {
        ring.advance(to: now.nanoseconds / width)
    }
}
