internal import Stack

/// Every path of the API, as a template. The router, the limits and the OpenAPI document are all made of this one list.
enum Endpoint: String, CaseIterable {
    case status = "/status"
    case liveness = "/livez"
    case readiness = "/readyz"
    case version = "/version"
    case metrics = "/metrics"
    case openAPI = "/openapi.json"
    /// All services in short, for a view that looks once a second.
    case overview = "/v1/overview"
    /// Whether who asks may change the stack.
    case session = "/v1/session"
    /// Signs in to the dashboard.
    case openSession = "/v1/session/open"
    /// Signs out.
    case closeSession = "/v1/session/close"
    case services = "/v1/services"
    case service = "/v1/services/{service}"
    /// Why a service is as it is.
    case explanation = "/v1/services/{service}/explanation"
    case start = "/v1/services/{service}/start"
    case stop = "/v1/services/{service}/stop"
    case restart = "/v1/services/{service}/restart"
    case kill = "/v1/services/{service}/kill"
    case pause = "/v1/services/{service}/pause"
    case unpause = "/v1/services/{service}/unpause"
    case maintenance = "/v1/services/{service}/maintenance"
    /// Ends a quarantine.
    case release = "/v1/services/{service}/release"
    case breakers = "/v1/breakers"
    /// The breakers of a service, or of one instance.
    case breaker = "/v1/breakers/{breaker}"
    case openBreaker = "/v1/breakers/{breaker}/open"
    case closeBreaker = "/v1/breakers/{breaker}/close"
    case resetBreaker = "/v1/breakers/{breaker}/reset"
    case events = "/v1/events"
    case incidents = "/v1/incidents"
    case incident = "/v1/incidents/{incident}"
    /// An instance says that it is well.
    case instanceHeartbeat = "/v1/heartbeat/{instance}"
    /// The only instance of a service says that it is well.
    case serviceHeartbeat = "/v1/services/{service}/heartbeat"
    case flags = "/v1/flags"
    case setFlag = "/v1/flags/{flag}/set"
    /// Gives a flag back to its rules.
    case clearFlag = "/v1/flags/{flag}/clear"
    case alerts = "/v1/alerts"
    /// A person looks after an alert.
    case acknowledgeAlert = "/v1/alerts/{alert}/ack"
    /// One flag, for an application.
    case evaluateFlag = "/ofrep/v1/evaluate/flags/{key}"
    /// All flags, for an application.
    case evaluateFlags = "/ofrep/v1/evaluate/flags"
    /// Any command.
    case commands = "/v1/commands"
    /// The one command that carries a whole stack.
    case apply = "/v1/apply"

    /// What a caller has to be for it.
    enum Access {
        /// Whoever reaches the socket.
        case anyone
        /// Over TCP, somebody with a token: who can reach a port is not thereby one who may change the stack.
        case token
        /// The unix socket alone offers it.
        case unixSocket
    }

    var access: Access {
        switch self {
        case .status, .liveness, .readiness, .version, .metrics, .openAPI, .overview, .session, .openSession,
            .closeSession, .services, .service, .explanation, .breakers, .breaker, .events, .incidents, .incident,
            .instanceHeartbeat, .serviceHeartbeat, .flags, .alerts, .evaluateFlag, .evaluateFlags:
            .anyone
        case .start, .stop, .restart, .kill, .pause, .unpause, .maintenance, .release, .openBreaker, .closeBreaker,
            .resetBreaker, .setFlag, .clearFlag, .acknowledgeAlert:
            .token
        case .commands, .apply: .unixSocket
        }
    }

    /// Whether it answers GET.
    var isReading: Bool {
        switch self {
        case .status, .liveness, .readiness, .version, .metrics, .openAPI, .overview, .session, .services, .service,
            .explanation, .breakers, .breaker, .events, .incidents, .incident, .flags, .alerts:
            true
        case .openSession, .closeSession, .start, .stop, .restart, .kill, .pause, .unpause, .maintenance, .release,
            .openBreaker, .closeBreaker, .resetBreaker, .instanceHeartbeat, .serviceHeartbeat, .setFlag, .clearFlag,
            .acknowledgeAlert, .evaluateFlag, .evaluateFlags, .commands, .apply:
            false
        }
    }

    /// Whether it evaluates flags, which is asked by POST and changes nothing.
    var isEvaluation: Bool { self == .evaluateFlag || self == .evaluateFlags }

    /// Whether it changes something, or tells Hale something.
    var isChanging: Bool { !isReading && !isEvaluation }

    /// The methods it takes.
    var methods: [String] { isReading ? ["GET", "HEAD"] : ["POST"] }

    /// The largest body it takes, in bytes.
    var bodyLimit: Int {
        switch self {
        case .apply: 64 << 20
        case .start, .stop, .restart, .kill, .pause, .unpause, .maintenance, .release, .openBreaker, .closeBreaker,
            .resetBreaker, .setFlag, .clearFlag, .acknowledgeAlert, .evaluateFlag, .evaluateFlags, .openSession,
            .closeSession:
            64 << 10
        case .status, .liveness, .readiness, .version, .metrics, .openAPI, .overview, .session, .services, .service,
            .explanation, .breakers, .breaker, .events, .incidents, .incident, .flags, .alerts, .commands,
            .instanceHeartbeat,
            .serviceHeartbeat:
            1 << 20
        }
    }

    /// The parts of its template between slashes.
    var parts: [Substring] { rawValue.dropFirst().split(separator: "/") }

    /// The placeholder of its path, if it has one: `service`.
    var placeholder: String? {
        parts.first { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }
}

/// What a path leads to, with the name in it.
struct Target: Equatable {
    let endpoint: Endpoint
    /// What stands in the place of the placeholder; empty where there is none.
    let name: String

    private static let templates = Endpoint.allCases.map { (endpoint: $0, parts: $0.parts.map(String.init)) }

    /// What a percent-encoded path leads to, or nil.
    init?(path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let decoded = parts.compactMap(PercentEncoding.decode)
        guard path.hasPrefix("/"), decoded.count == parts.count else { return nil }
        for template in Self.templates where template.parts.count == decoded.count {
            guard let name = Self.match(decoded, template.parts) else { continue }
            self.endpoint = template.endpoint
            self.name = name
            return
        }
        return nil
    }

    private static func match(_ parts: [String], _ template: [String]) -> String? {
        var name = ""
        for (part, expected) in zip(parts, template) {
            if expected.hasPrefix("{"), !part.isEmpty {
                name = part
            } else if part != expected {
                return nil
            }
        }
        return name
    }
}
