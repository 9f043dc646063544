/// What a path leads to.
enum Endpoint: Equatable {
    case status
    case liveness
    case readiness
    case version
    case metrics
    /// Any command.
    case commands
    /// The one command that carries a whole stack.
    case apply
    /// An instance says that it is well.
    case instanceHeartbeat(String)
    /// The only instance of a service says that it is well.
    case serviceHeartbeat(String)

    /// Every path, as the answer to a wrong one lists them.
    static let paths =
        [
            "/status", "/livez", "/readyz", "/version", "/metrics", "/v1/commands", "/v1/apply",
            "/v1/heartbeat/{instance}", "/v1/services/{service}/heartbeat",
        ] + JournalEndpoints.paths

    /// What a percent-encoded path leads to, or nil.
    init?(path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let names = parts.compactMap(PercentEncoding.decode)
        guard path.hasPrefix("/"), names.count == parts.count else { return nil }
        switch names {
        case ["status"]: self = .status
        case ["livez"]: self = .liveness
        case ["readyz"]: self = .readiness
        case ["version"]: self = .version
        case ["metrics"]: self = .metrics
        case ["v1", "commands"]: self = .commands
        case ["v1", "apply"]: self = .apply
        case _ where names.count == 3 && names.starts(with: ["v1", "heartbeat"]):
            self = .instanceHeartbeat(names[2])
        case _ where names.count == 4 && names.starts(with: ["v1", "services"]) && names[3] == "heartbeat":
            self = .serviceHeartbeat(names[2])
        default: return nil
        }
    }

    /// The methods it takes.
    var methods: [String] {
        switch self {
        case .status, .liveness, .readiness, .version, .metrics: ["GET", "HEAD"]
        case .commands, .apply, .instanceHeartbeat, .serviceHeartbeat: ["POST"]
        }
    }

    /// Whether only the unix socket offers it: who can reach a port is not thereby one who may change the stack.
    var needsUnixSocket: Bool {
        switch self {
        case .commands, .apply: true
        case .status, .liveness, .readiness, .version, .metrics, .instanceHeartbeat, .serviceHeartbeat: false
        }
    }

    /// The largest body it takes, in bytes.
    var bodyLimit: Int {
        switch self {
        case .apply: 64 << 20
        case .status, .liveness, .readiness, .version, .metrics, .commands, .instanceHeartbeat, .serviceHeartbeat:
            1 << 20
        }
    }
}
