public import Stack

/// What the gateway tells the healer.
public enum GatewayReport: Hashable, Sendable {
    /// Its counts; once a second where something has changed.
    case counters(GatewayCounters)
    /// All its breakers; at each change of a state, and once a second where something else has changed.
    case breakers([BreakerRecord])
    /// Calls to an instance fail; at the first sign and, while that goes on, once a second.
    case trouble(GatewayTrouble)
    /// What became of calls: all at first, and once a second what has changed.
    case calls(GatewayCalls)
}

/// Calls to an instance fail.
public struct GatewayTrouble: Hashable, Sendable {
    /// The service.
    public var service: String
    /// Where the instance listens.
    public var backend: GatewayConfiguration.Backend
    /// What calls met, in a few words ("connection refused", "no answer for 5s").
    public var reason: String

    /// That trouble.
    public init(service: String, backend: GatewayConfiguration.Backend, reason: String) {
        self.service = service
        self.backend = backend
        self.reason = reason
    }
}

/// A breaker: what it does with calls to one port of one instance, and why.
public struct BreakerRecord: Hashable, Sendable {
    /// The service.
    public var service: String
    /// The port of the service.
    public var target: UInt16
    /// Where the instance listens.
    public var backend: GatewayConfiguration.Backend
    /// What it does with calls.
    public var state: BreakerState
    /// Until when it is open, on the clock of `Instant`; nil in every other state.
    public var openUntil: Instant?
    /// Calls in progress.
    public var pending: UInt64
    /// The share of failed calls, of 1; nil where there are too few to tell.
    public var failureRate: Double?
    /// The share of slow calls, of 1; nil where there are too few to tell.
    public var slowCallRate: Double?
    /// Times that it has opened by itself.
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

    /// A closed breaker that has seen nothing.
    public init(service: String, target: UInt16, backend: GatewayConfiguration.Backend, state: BreakerState = .closed) {
        self.service = service
        self.target = target
        self.backend = backend
        self.state = state
        pending = 0
        trips = 0
        rejections = 0
        successes = 0
        failures = 0
        slowCalls = 0
    }
}

/// What the healer tells the gateway.
public enum GatewayInstruction: Hashable, Sendable {
    /// Where connections go, or what has changed of it.
    case configuration(GatewayConfiguration)
    /// A person wants the breakers of a service, or of that instance of it, in another state.
    case breaker(BreakerOrder)
}

/// What a person wants of a breaker.
public struct BreakerOrder: Hashable, Sendable {
    /// The service.
    public var service: String
    /// Where the instance listens; nil is every instance.
    public var address: String?
    /// What is to become of it.
    public var action: BreakerAction

    /// That order.
    public init(service: String, address: String? = nil, action: BreakerAction) {
        self.service = service
        self.address = address
        self.action = action
    }
}
