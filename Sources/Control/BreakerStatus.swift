public import Stack

/// A circuit breaker: what the gateway does with calls to one port of one instance, and why.
public struct BreakerStatus: Hashable, Sendable, Codable {
    /// The service.
    public var service: String
    /// The instance: `web-1`.
    public var instance: String
    /// The port of the service.
    public var port: UInt16
    /// What it does with calls.
    public var state: BreakerState
    /// Until when it is open, RFC 3339; nil in every other state.
    public var openUntil: String?
    /// Calls in progress.
    public var pending: UInt64
    /// The share of failed calls, of 1; nil where there are too few to tell.
    public var failureRate: Double?
    /// The share of slow calls, of 1; nil where there are too few to tell.
    public var slowCallRate: Double?
    /// Times that it has opened by itself, as all that follows since the gateway was started.
    public var trips: UInt64
    /// Calls that it kept away.
    public var rejections: UInt64
    /// Calls that went well.
    public var successes: UInt64
    /// Calls that failed.
    public var failures: UInt64
    /// Calls that were slow.
    public var slowCalls: UInt64
    /// What the last failed call met, in a few words.
    public var lastFailure: String?

    enum CodingKeys: String, CodingKey {
        case service, instance, port, state, pending, trips, rejections, successes, failures
        case openUntil = "open_until"
        case failureRate = "failure_rate"
        case slowCallRate = "slow_call_rate"
        case slowCalls = "slow_calls"
        case lastFailure = "last_failure"
    }

    /// A breaker that has seen nothing.
    public init(service: String, instance: String, port: UInt16, state: BreakerState = .closed) {
        self.service = service
        self.instance = instance
        self.port = port
        self.state = state
        pending = 0
        trips = 0
        rejections = 0
        successes = 0
        failures = 0
        slowCalls = 0
    }
}

/// The breakers that there are, as `GET /v1/breakers` answers: by service, instance and port.
public struct BreakerList: Hashable, Sendable, Codable {
    /// The breakers.
    public var breakers: [BreakerStatus]

    /// These breakers.
    public init(breakers: [BreakerStatus]) {
        self.breakers = breakers
    }
}

extension BreakerState {
    /// How much a person should care.
    fileprivate var badness: Int {
        switch self {
        case .forcedOpen: 5
        case .open: 4
        case .halfOpen: 3
        case .closed: 2
        case .metricsOnly: 1
        case .disabled: 0
        }
    }
}

extension ServiceStatus {
    /// The breakers of its instances, by instance and port.
    public var breakers: [BreakerStatus] { instances.flatMap { $0.breakers ?? [] } }

    /// The state of its worst breaker; nil where it has none.
    static func worst(_ instances: [InstanceStatus]) -> BreakerState? {
        instances.flatMap { $0.breakers ?? [] }.map(\.state).max { $0.badness < $1.badness }
    }
}

extension StackStatus {
    /// Every breaker, by service, instance and port.
    public var breakers: [BreakerStatus] {
        services.sorted { $0.key < $1.key }.flatMap { $0.value.breakers }
    }

    /// The breakers of the service or the instance of that name; nil where there is neither.
    public func breakers(of name: String) -> [BreakerStatus]? {
        if let service = services[name] { return service.breakers }
        for service in services.values {
            if let instance = service.instances.first(where: { $0.name == name }) { return instance.breakers ?? [] }
        }
        return nil
    }
}
