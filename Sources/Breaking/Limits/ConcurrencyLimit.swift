internal import Stack

/// How many calls a service may have in flight: a number that is set, or one found from how its latency answers load.
///
/// Source: Netflix' concurrency-limits (`FixedLimit`, `AIMDLimit`, `Gradient2Limit`). What differs is the floor, 2
/// instead of 20 calls, which is what a small service that does one thing at a time needs, and gradient2's queue, 1
/// instead of 4: under overload it settles where half of the limit is its queue, so that with 4 it would never come
/// below 8. A call allocates nothing.
public struct ConcurrencyLimit: Sendable, Equatable {
    /// How the limit is found.
    public enum Policy: Hashable, Sendable, Codable {
        /// Always this many, at least 1.
        case fixed(Int)
        /// Additive increase, multiplicative decrease: one more while calls fill half of the limit, a tenth less with
        /// each call that is dropped or takes too long.
        case aimd(AIMD)
        /// By the ratio of the latency in the long run to that of the latest call.
        case gradient2(Gradient2)
    }

    /// The smallest and largest limit, and the first.
    public struct Range: Hashable, Sendable, Codable {
        /// Where it starts.
        public var initial: Int
        /// At least 1.
        public var floor: Int
        /// At least the floor.
        public var ceiling: Int

        /// 20 to begin with, then 2 to 200.
        public init(initial: Int = 20, floor: Int = 2, ceiling: Int = 200) {
            self.initial = initial
            self.floor = floor
            self.ceiling = ceiling
        }

        fileprivate func bounded(_ limit: Double) -> Double {
            limit.bounded(to: Double(floor)...Double(ceiling))
        }

        fileprivate var inRange: Range {
            let floor = min(max(floor, 1), 1_000_000)
            let ceiling = min(max(ceiling, floor), 1_000_000)
            return Range(initial: min(max(initial, floor), ceiling), floor: floor, ceiling: ceiling)
        }
    }

    /// Additive increase, multiplicative decrease.
    public struct AIMD: Hashable, Sendable, Codable {
        /// What the limit may be.
        public var range: Range
        /// What is left of the limit after a drop, 0.5 to 1.
        public var backoff: Double
        /// A call that takes longer counts as dropped.
        public var timeout: Duration

        /// Netflix' values but for the floor.
        public init(range: Range = Range(), backoff: Double = 0.9, timeout: Duration = .seconds(5)) {
            self.range = range
            self.backoff = backoff
            self.timeout = timeout
        }
    }

    /// The gradient of latency, with a slow average as the baseline.
    public struct Gradient2: Hashable, Sendable, Codable {
        /// What the limit may be.
        public var range: Range
        /// How far each call moves the limit towards its new value, 0 to 1.
        public var smoothing: Double
        /// Calls that may wait, and so how fast the limit grows while latency stays low.
        public var queue: Double
        /// The calls the baseline is averaged over, at least 1.
        public var longWindow: Int
        /// How many times the baseline latency may be before the limit shrinks, at least 1.
        public var tolerance: Double

        /// Netflix' values but for the floor and the queue.
        public init(
            range: Range = Range(), smoothing: Double = 0.2, queue: Double = 1, longWindow: Int = 600,
            tolerance: Double = 1.5
        ) {
            self.range = range
            self.smoothing = smoothing
            self.queue = queue
            self.longWindow = longWindow
            self.tolerance = tolerance
        }
    }

    /// The policy in force, with every value in its range.
    public private(set) var policy: Policy
    private var estimate: Double
    private var baseline: LatencyBaseline

    /// A limit at its initial value.
    public init(policy: Policy) {
        let policy = policy.inRange
        self.policy = policy
        switch policy {
        case .fixed(let limit):
            estimate = Double(limit)
            baseline = LatencyBaseline(window: 1)
        case .aimd(let aimd):
            estimate = Double(aimd.range.initial)
            baseline = LatencyBaseline(window: 1)
        case .gradient2(let gradient):
            estimate = Double(gradient.range.initial)
            baseline = LatencyBaseline(window: gradient.longWindow)
        }
    }

    /// Puts another policy in force. The limit that was found stays, as far as the new range allows, where the new
    /// policy finds one too; a gradient learns its baseline anew.
    public mutating func update(policy: Policy) {
        let found = estimate
        self = ConcurrencyLimit(policy: policy)
        switch self.policy {
        case .fixed: return
        case .aimd(let aimd): estimate = aimd.range.bounded(found)
        case .gradient2(let gradient): estimate = gradient.range.bounded(found)
        }
    }

    /// The calls that may be in flight.
    public var limit: Int { Int(estimate) }

    /// Whether one more call of that priority may begin.
    public func admits(_ priority: Priority = .normal, inFlight: Int, shares: PriorityShares) -> Bool {
        shares.admits(priority, inFlight: inFlight, limit: limit)
    }

    /// Learns from a call that ended: how long it took, the calls in flight when it began, itself included, and whether
    /// it was dropped, that is refused or given up for want of capacity. Calls that say nothing about load, such as
    /// those a client broke off, are not told.
    public mutating func record(_ latency: Duration, inFlight: Int, dropped: Bool = false) {
        switch policy {
        case .fixed:
            return
        case .aimd(let aimd):
            let limit = Int(estimate)
            if dropped || latency > aimd.timeout {
                estimate = aimd.range.bounded((Double(limit) * aimd.backoff).rounded(.down))
            } else if inFlight >= (limit + 1) / 2 {
                estimate = aimd.range.bounded(Double(limit + 1))
            }
        case .gradient2(let gradient):
            follow(gradient, Double(max(latency.nanoseconds, 1)), inFlight: inFlight)
        }
    }

    private mutating func follow(_ policy: Gradient2, _ latency: Double, inFlight: Int) {
        let long = baseline.add(latency)
        // After a long overload the baseline is far above what calls take again: it falls faster than it averages.
        if long / latency > 2 { baseline.shrink(to: 0.95) }
        // A limit that is not made use of says nothing about whether more would do.
        guard Double(inFlight) >= estimate / 2 else { return }
        let gradient = (policy.tolerance * long / latency).bounded(to: 0.5...1)
        let target = estimate * gradient + policy.queue
        let smoothed = estimate * (1 - policy.smoothing) + target * policy.smoothing
        estimate = policy.range.bounded(smoothed)
    }
}

extension ConcurrencyLimit.Policy {
    fileprivate var inRange: Self {
        switch self {
        case .fixed(let limit):
            return .fixed(min(max(limit, 1), 1_000_000))
        case .aimd(var aimd):
            aimd.range = aimd.range.inRange
            aimd.backoff = aimd.backoff.bounded(to: 0.5...1)
            return .aimd(aimd)
        case .gradient2(var gradient):
            gradient.range = gradient.range.inRange
            gradient.smoothing = gradient.smoothing.bounded(to: 0...1)
            gradient.queue = gradient.queue.bounded(to: 0...1_000_000)
            gradient.longWindow = max(gradient.longWindow, 1)
            gradient.tolerance = gradient.tolerance.bounded(to: 1...1_000)
            return .gradient2(gradient)
        }
    }
}
