/// When a circuit breaker opens and how it closes again. The defaults suit one to three instances and a handful of calls
/// a second.
public struct BreakerPolicy: Hashable, Sendable, Codable {
    /// Over which calls rates are computed.
    public enum Window: Hashable, Sendable, Codable {
        /// The last so many.
        case count(Int)
        /// Those that ended within that time.
        case time(Duration)
    }

    /// Whether calls are counted and refused at all.
    public var isEnabled = true
    /// The share of failed calls, of 1, at which it opens.
    public var failureRate = 0.5
    /// The share of slow calls, of 1, at which it opens.
    public var slowCallRate = 1.0
    /// A call that takes longer is slow, also while it has not ended; nil where no call is.
    public var slow: Duration? = .seconds(5)
    /// Over which calls rates are computed.
    public var window = Window.time(.seconds(30))
    /// Calls below which no rate is.
    public var minimumCalls = 10
    /// Failures in a row at which it opens.
    public var consecutiveFailures = 5
    /// How long it stays open the first time; each trip in a row doubles it.
    public var open = Duration.seconds(5)
    /// The longest that it stays open.
    public var openCap = Duration.seconds(60)
    /// Success for that long has the next trip count as the first.
    public var resetAfter = Duration.seconds(60)
    /// Calls let through on trial before it is decided whether it closes.
    public var halfOpenPermits = 3
    /// How long a call on trial may take before another one gets its place.
    public var permitLease = Duration.seconds(30)

    /// Hale's defaults.
    public init() {}
}
