/// The calls that a service or an instance had lately: requests over HTTP, connections otherwise.
public struct TrafficStatus: Hashable, Sendable, Codable {
    /// How far back that goes at most.
    public var windowSeconds: Int
    /// Calls that ended.
    public var calls: UInt64
    /// Those of them that the instance failed: by an error, by silence or by breaking off.
    public var failed: UInt64
    /// The seconds within which half of the calls ended, without those that the client gave up; nil where there are none. As
    /// the two that follow it is an estimate, from buckets.
    public var p50: Double?
    /// The same for 95 of 100 calls.
    public var p95: Double?
    /// The same for 99 of 100 calls.
    public var p99: Double?

    enum CodingKeys: String, CodingKey {
        case calls, failed
        case windowSeconds = "window_seconds"
        case p50 = "p50_seconds"
        case p95 = "p95_seconds"
        case p99 = "p99_seconds"
    }

    /// So many calls.
    public init(
        windowSeconds: Int, calls: UInt64, failed: UInt64, p50: Double? = nil, p95: Double? = nil, p99: Double? = nil
    ) {
        self.windowSeconds = windowSeconds
        self.calls = calls
        self.failed = failed
        self.p50 = p50
        self.p95 = p95
        self.p99 = p99
    }
}
