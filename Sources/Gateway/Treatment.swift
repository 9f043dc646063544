internal import Breaking
internal import Protocols
internal import Stack
internal import Wire

/// What the configuration says of a route's clients, in the form in which the loop needs it.
struct Treatment {
    /// Nanoseconds that the parties to a request may take; nil is for ever.
    struct Timeouts {
        let head: Int64?
        let response: Int64?
        let stream: Int64?
        let idle: Int64?
    }

    let application: ApplicationProtocol
    let timeouts: Timeouts
    /// Bytes that the body of a request may have.
    let bodyLimit: UInt64?
    /// Times that one request is sent at most.
    let attempts: Int
    /// When a request that has no answer yet is sent to another instance as well.
    let hedging: Hedging
    /// Whether any is.
    let isHedged: Bool
    /// How many calls are taken at a time.
    let load: Load
    /// How many may wait at a time.
    let holdCount: Int
    /// How those who waited for a repair are let go.
    let ramp: Ramp.Policy
    /// How an instance is told whose connection it gets; nil is not at all.
    let introduces: ProxyProtocolVersion?
    /// Whether the instance is chosen by the client's address.
    let balancesByClient: Bool
    /// The field of a request's head, in lower case, by whose value the instance is chosen; nil is by none.
    let balanceHeader: [UInt8]?
    /// What a client is answered where no instance can serve it, the first that can be had.
    let fallback: [FallbackStep]
    /// Whether a step of the chain asks another model.
    let asksOtherModels: Bool
    /// Whether a step of the chain leads out of the stack.
    let leadsOut: Bool
    /// Which answers are kept, for a step of the chain.
    let kept: StaleAnswers?
    /// Which requests are kept for later, for a step of the chain; nil is none.
    let queue: QueueTreatment?
    /// How its clients are logged; nil is not at all.
    let accessLog: AccessLogPolicy?
    /// How clients are spoken to over TLS; nil is not at all.
    let tls: TLSTerminationPolicy?
    /// How instances are; nil is not at all.
    let upstreamTLS: TLSOriginationPolicy?
    /// A bit for each method, by its raw value.
    private let repeatable: UInt16

    init(_ route: GatewayConfiguration.Route) {
        let traffic = route.traffic
        application = route.application
        timeouts = Timeouts(
            head: traffic.timeouts.head?.nanoseconds, response: traffic.timeouts.response?.nanoseconds,
            stream: traffic.timeouts.stream?.nanoseconds, idle: traffic.timeouts.idle?.nanoseconds)
        bodyLimit = traffic.bodyLimit.map { UInt64(max($0, 0)) }
        attempts = max(traffic.retry.attempts, 1)
        hedging = traffic.retry.hedging
        isHedged = hedging != .off
        load = Load(traffic.load, port: route.target, application: route.application)
        introduces = traffic.proxyProtocol.sends
        holdCount = traffic.holdCount
        ramp = Ramp.Policy(time: traffic.ramp)
        fallback = traffic.fallback
        leadsOut = traffic.fallback.contains { $0.kind == .url }
        kept = application.isHTTP ? traffic.fallback.lazy.compactMap(\.stale).first : nil
        queue = application.isHTTP ? traffic.fallback.lazy.compactMap(\.queue).first.map { QueueTreatment($0) } : nil
        asksOtherModels = application == .ollama && traffic.fallback.contains { $0.model != nil }
        accessLog = traffic.accessLog
        tls = traffic.tls
        upstreamTLS = traffic.upstreamTLS
        balancesByClient = traffic.balance.method == .clientAddress
        balanceHeader =
            traffic.balance.method == .header ? traffic.balance.header.map { Array($0.lowercased().utf8) } : nil
        repeatable = HTTPMethod.allCases.reduce(0) { bits, method in
            let isNamed = method != .other && traffic.retry.methods.contains("\(method)".uppercased())
            return method.isSafe || isNamed ? bits | 1 << UInt16(method.rawValue) : bits
        }
    }

    /// Whether requests of that method may be sent again after an attempt that came to nothing.
    func isRepeatable(_ method: HTTPMethod) -> Bool {
        repeatable >> UInt16(method.rawValue) & 1 == 1
    }

    /// Whether a response with that status says that the instance fails, and not that the client does.
    func isFailure(status: Int) -> Bool {
        // 501 and 505 say what the server cannot do, today and tomorrow.
        status >= 500 && status != 501 && status != 505
    }
}

extension FallbackStep {
    /// The answers that it keeps.
    fileprivate var stale: StaleAnswers? {
        switch self {
        case .stale(let stale): stale
        case .service, .url, .model, .queue, .answer: nil
        }
    }

    /// The requests that it keeps.
    fileprivate var queue: QueuePolicy? {
        switch self {
        case .queue(let queue): queue
        case .service, .url, .model, .stale, .answer: nil
        }
    }
}
