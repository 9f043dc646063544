internal import Stack

/// What is said to a port to see whether its service answers there.
struct EndpointExchange: Hashable {
    /// The protocol, as people call it.
    var name: String
    /// The question, put to the port that is connected to.
    var probe: Probe

    /// The exchange with a port of `service`, reached at `connected`; `published` is that it is reached from outside, where the
    /// service may ask for TLS or for a proxy's header.
    init(with target: UInt16, of service: Service, at connected: UInt16, published: UInt16? = nil) {
        let application = service.spoken(with: target)
        self =
            if published != nil, service.traffic.proxyProtocol.accepts {
                Self.connection(connected)
            } else if let published, let tls = service.traffic.tls, tls.covers(published: published) {
                Self.encrypted(application, tls, service, target, connected)
            } else {
                Self.plain(application, service, target, connected)
            }
    }

    private init(_ name: String, _ probe: Probe) {
        self.name = name
        self.probe = probe
    }

    /// Whether it says who asks.
    var hasCredentials: Bool {
        switch probe {
        case .postgres(_, let user, _, _): user != nil
        case .redis(_, _, let password, _): password != nil
        case .bolt(_, let user, _): user != nil
        case .http(let http): http.headers.contains { $0.lowercased().hasPrefix("authorization:") }
        case .command, .shell, .tcp, .ollama, .grpc, .heartbeat: false
        }
    }

    /// Who speaks first, and what, is not known.
    private static func connection(_ port: UInt16) -> EndpointExchange { EndpointExchange("tcp", .tcp(port: port)) }

    private static func encrypted(
        _ application: ApplicationProtocol, _ tls: TLSTerminationPolicy, _ service: Service, _ target: UInt16,
        _ port: UInt16
    ) -> EndpointExchange {
        // Nobody here has a certificate that such a server would take.
        guard tls.clientAuthority == nil else { return connection(port) }
        switch application {
        case .http, .ollama: return EndpointExchange("https", .http(request(of: service, target, at: port, tls: true)))
        case .postgres where !tls.isRequired: return plain(application, service, target, port)
        case .postgres, .redis, .bolt, .tcp: return connection(port)
        }
    }

    private static func plain(
        _ application: ApplicationProtocol, _ service: Service, _ target: UInt16, _ port: UInt16
    ) -> EndpointExchange {
        let check = service.check?.probe
        switch application {
        case .http: return EndpointExchange("http", .http(request(of: service, target, at: port, tls: false)))
        case .ollama:
            guard case .ollama(let own, let model) = check, (own ?? 11_434) == target else {
                return EndpointExchange("ollama", .ollama(port: port, model: nil))
            }
            return EndpointExchange("ollama", .ollama(port: port, model: model))
        case .postgres:
            guard case .postgres(let own, let user, let password, let database) = check, (own ?? 5_432) == target else {
                return EndpointExchange("postgres", .postgres(port: port, user: nil, password: nil, database: nil))
            }
            return EndpointExchange(
                "postgres", .postgres(port: port, user: user, password: password, database: database))
        case .redis:
            guard case .redis(let own, let user, let password, _) = check, (own ?? 6_379) == target else {
                return EndpointExchange("redis", .redis(port: port, user: nil, password: nil, writable: false))
            }
            return EndpointExchange("redis", .redis(port: port, user: user, password: password, writable: false))
        case .bolt:
            guard case .bolt(let own, let user, let password) = check, (own ?? 7_687) == target else {
                return EndpointExchange("bolt", .bolt(port: port, user: nil, password: nil))
            }
            return EndpointExchange("bolt", .bolt(port: port, user: user, password: password))
        case .tcp:
            guard case .grpc(target, let name) = check else { return connection(port) }
            return EndpointExchange("grpc", .grpc(port: port, service: name))
        }
    }

    /// What the service's own check asks, or else for any answer at all: that a page is missing is one.
    private static func request(of service: Service, _ target: UInt16, at port: UInt16, tls: Bool) -> HTTPProbe {
        guard case .http(var probe) = service.check?.probe, probe.port == target else {
            return HTTPProbe(port: port, tls: tls, statuses: 100...599)
        }
        probe.port = port
        probe.tls = tls
        return probe
    }
}

extension Service {
    /// What clients speak with that port: as the file says, or else as the image is known for.
    fileprivate func spoken(with port: UInt16) -> ApplicationProtocol {
        let said = applicationProtocol(of: port)
        guard said == .tcp, traffic.protocols[port] == nil, let image else { return said }
        let name = image.split(separator: "/").last?.prefix { $0 != ":" && $0 != "@" } ?? ""
        switch (name, port) {
        case ("postgres", 5_432), ("postgis", 5_432), ("pgvector", 5_432): return .postgres
        case ("redis", 6_379), ("valkey", 6_379): return .redis
        case ("neo4j", 7_687): return .bolt
        case ("neo4j", 7_474): return .http
        case ("ollama", 11_434): return .ollama
        default: return said
        }
    }
}
