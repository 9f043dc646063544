/// When a breaker opens, for how long, and how it finds out that it may close.
///
/// The defaults are meant for one to three instances and a handful of requests a second; resilience4j's and Polly's
/// (100 calls before anything is judged) would never open there. Values outside their range are brought into it.
public struct BreakerPolicy: Hashable, Sendable, Codable {
    /// Which calls are judged.
    public enum Window: Hashable, Sendable, Codable {
        /// The last so many, 1 to 10,000.
        case count(Int)
        /// Those of the last so long, in 10 to 60 steps: the oldest step falls out as a whole.
        case time(Duration)
    }

    /// Whether the breaker acts at all.
    public enum Mode: String, Hashable, Sendable, Codable, CaseIterable {
        /// It opens and closes by itself.
        case automatic
        /// It lets every call through and looks at none.
        case disabled
        /// It counts, and lets every call through.
        case metricsOnly = "metrics-only"
    }

    /// Whether the breaker acts at all.
    public var mode = Mode.automatic
    /// The share of failed calls, 0 to 1, from which on the breaker opens.
    public var failureRate: Double
    /// The share of slow calls, 0 to 1, from which on the breaker opens.
    public var slowCallRate: Double
    /// A call that takes longer is slow; nil is never.
    public var slowThreshold: Duration?
    /// Which calls are judged.
    public var window: Window
    /// The calls in the window below which rates are undefined; at least 1.
    public var minimumCalls: Int
    /// Failures in a row that open the breaker whatever the rates; nil is never.
    public var consecutiveFailures: Int?
    /// How long the breaker is open the first time; it doubles with each trip that follows.
    public var open: Duration
    /// The longest time it is open; `open` where that is longer.
    public var openCap: Duration
    /// A success after this long without a trip brings the open time back to `open`.
    public var resetAfter: Duration
    /// Calls let through in half-open to judge by, 1 to 256.
    public var halfOpenPermits: Int
    /// How long such a call may hold its place; then another may take it. At least a millisecond.
    public var permitLease: Duration

    /// Hale's defaults.
    public init(
        failureRate: Double = 0.5, slowCallRate: Double = 1, slowThreshold: Duration? = nil,
        window: Window = .time(.seconds(30)), minimumCalls: Int = 10, consecutiveFailures: Int? = 5,
        open: Duration = .seconds(5), openCap: Duration = .seconds(60), resetAfter: Duration = .seconds(60),
        halfOpenPermits: Int = 3, permitLease: Duration = .seconds(30)
    ) {
        self.failureRate = failureRate
        self.slowCallRate = slowCallRate
        self.slowThreshold = slowThreshold
        self.window = window
        self.minimumCalls = minimumCalls
        self.consecutiveFailures = consecutiveFailures
        self.open = open
        self.openCap = openCap
        self.resetAfter = resetAfter
        self.halfOpenPermits = halfOpenPermits
        self.permitLease = permitLease
    }
}
