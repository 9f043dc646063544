/// How the gateway treats a service's clients.
public struct TrafficPolicy: Hashable, Sendable, Codable {
    /// What clients speak, by the service's port, where the file says so.
    public var protocols: [UInt16: ApplicationProtocol] = [:]
    /// When calls are kept away from an instance that fails them, but for what is slow.
    public var breaker = BreakerPolicy()
    /// Which calls are slow.
    public var slow = SlowCalls.automatic
    /// Which instance is asked.
    public var balance = BalancePolicy()
    /// When a request is sent again.
    public var retry = RetryPolicy()
    /// Connections or requests of one port that may wait at a time.
    public var holdCount = 1_000
    /// How long it takes until all who waited for a repair have been let go; zero is at once.
    public var ramp = Duration.seconds(2)
    /// How long the parties to a request may take.
    public var timeouts = TrafficTimeouts()
    /// Who says whose a connection is.
    public var proxyProtocol = ProxyProtocolPolicy()
    /// How many calls are taken at a time.
    public var load = LoadPolicy()
    /// Bytes that the body of a request may have; nil is any number.
    public var bodyLimit: Int64?
    /// What an HTTP client is answered where no instance can, the first that can be had.
    public var fallback: [FallbackStep] = []
    /// How requests and connections are logged; nil is not at all.
    public var accessLog: AccessLogPolicy?
    /// How clients of published ports are spoken to over TLS; nil is not at all.
    public var tls: TLSTerminationPolicy?
    /// How instances are spoken to over TLS; nil is not at all.
    public var upstreamTLS: TLSOriginationPolicy?

    /// Hale's defaults.
    public init() {}

    /// When calls are kept away from an instance that is spoken to so.
    public func breaker(for application: ApplicationProtocol) -> BreakerPolicy {
        var policy = breaker
        switch (slow, application) {
        case (.after(let threshold), _): policy.slowThreshold = threshold
        case (.automatic, .http): policy.slowThreshold = .seconds(5)
        case (.automatic, .ollama), (.automatic, .tcp), (.automatic, .postgres), (.automatic, .redis),
            (.automatic, .bolt), (.never, _):
            policy.slowThreshold = nil
        }
        return policy
    }
}

/// Which HTTP requests are slow; other calls are not timed.
public enum SlowCalls: Hashable, Sendable, Codable {
    /// Those without an answer after 5 s; none where a model is asked, which takes its time.
    case automatic
    /// Those without an answer after that long.
    case after(Duration)
    /// None.
    case never
}

/// Which of several instances is asked.
public struct BalancePolicy: Hashable, Sendable, Codable {
    /// How it is chosen.
    public enum Method: String, Hashable, Sendable, Codable, CaseIterable {
        /// The one with the fewest calls in progress; of more than three, of two taken at random.
        case leastPending = "least-pending"
        /// One after the other.
        case roundRobin = "round-robin"
        /// The same one for the same client address.
        case clientAddress = "client-address"
        /// The same one for the same value of a field of an HTTP request's head.
        case header
    }

    /// How it is chosen.
    public var method = Method.leastPending
    /// The name of that field; nil with every other method.
    public var header: String?
    /// How long an instance that has come up beside others takes to get its whole share.
    public var slowStart = Duration.seconds(10)

    /// Hale's defaults.
    public init() {}
}

/// When a request is sent again after an attempt that came to nothing.
///
/// Only requests that are safe to repeat are: those of a safe method, those with an idempotency key, and those of which
/// nothing has been sent.
public struct RetryPolicy: Hashable, Sendable, Codable {
    /// Times that one request is sent at most; 1 is never again.
    public var attempts = 3
    /// The share of requests, of 1, that retries may add.
    public var budget = 0.2
    /// Retries a second that are allowed however few requests there are.
    public var floor = 2
    /// Methods besides the safe ones that this service's owner knows to be safe to repeat, in capitals.
    public var methods: Set<String> = []
    /// When a request that an instance has not answered yet is sent to another one as well.
    public var hedging = Hedging.off

    /// Hale's defaults.
    public init() {}
}

/// When an HTTP request that may be repeated, and that an instance has not answered yet, is sent to another one as well;
/// whoever answers first is listened to ("The Tail at Scale", Dean and Barroso, 2013).
public enum Hedging: Hashable, Sendable, Codable {
    /// Never.
    case off
    /// When it has taken longer than 19 of 20 of the latest requests.
    case percentile95
    /// After that long.
    case after(Duration)
}

/// How long the parties to an HTTP request may take; nil is for ever.
public struct TrafficTimeouts: Hashable, Sendable, Codable {
    /// From a client's first byte of a request to the end of its head.
    public var head: Duration? = .seconds(30)
    /// From the end of the request to the head of the response.
    public var response: Duration?
    /// Between two bytes of a body.
    public var stream: Duration? = .seconds(300)
    /// Between two requests of one connection.
    public var idle: Duration? = .seconds(120)

    /// Hale's defaults.
    public init() {}
}
