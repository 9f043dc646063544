/// What clients speak with a service's port, where the gateway understands it.
public enum ApplicationProtocol: String, Hashable, Sendable, Codable, CaseIterable {
    /// Anything over TCP; nothing of it is looked at.
    case tcp
    /// HTTP/1.1 (RFC 9112).
    case http
    /// The PostgreSQL frontend and backend protocol, version 3.
    case postgres
    /// The Redis serialization protocol, RESP2 or RESP3.
    case redis
    /// Neo4j's Bolt.
    case bolt
    /// Ollama's API: HTTP, in which asking a model is safe to repeat.
    case ollama

    /// Whether requests are forwarded one by one.
    public var isHTTP: Bool {
        switch self {
        case .http, .ollama: true
        case .tcp, .postgres, .redis, .bolt: false
        }
    }

    /// The protocol that Compose's `app_protocol` names; nil for one that the gateway does not understand.
    public init?(composeName name: String) {
        switch name.lowercased() {
        case "http", "http/1.1", "http1": self = .http
        case "postgres", "postgresql": self = .postgres
        case "redis": self = .redis
        case "bolt": self = .bolt
        case "ollama": self = .ollama
        case "tcp", "https", "tls", "h2c", "http2", "grpc", "kubernetes.io/h2c": self = .tcp
        case _: return nil
        }
    }
}

extension Service {
    /// What clients speak with that port: as the file says, else as the check does, else nothing that is known.
    public func applicationProtocol(of port: UInt16) -> ApplicationProtocol {
        traffic.protocols[port] ?? ports.first { $0.target == port && $0.application != nil }?.application
            ?? check?.probe.applicationProtocol(of: port) ?? .tcp
    }
}

extension Probe {
    /// What this probe speaks with that port; nil where it asks another one or speaks none that the gateway knows.
    fileprivate func applicationProtocol(of port: UInt16) -> ApplicationProtocol? {
        switch self {
        case .http(let http): http.port == port && !http.tls ? .http : nil
        case .postgres(let own, _, _, _): (own ?? 5_432) == port ? .postgres : nil
        case .redis(let own, _, _, _): (own ?? 6_379) == port ? .redis : nil
        case .bolt(let own, _, _): (own ?? 7_687) == port ? .bolt : nil
        case .ollama(let own, _): (own ?? 11_434) == port ? .ollama : nil
        case .command, .shell, .tcp, .grpc, .heartbeat: nil
        }
    }
}
