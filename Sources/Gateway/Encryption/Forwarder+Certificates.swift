internal import Encryption
internal import Stack
internal import Wire

/// The files of which TLS is made.
extension Forwarder {
    private static let lookInterval: Int64 = 1_000_000_000

    /// Has the routes that a configuration names speak TLS as it says.
    func configureEncryption(_ configuration: GatewayConfiguration) {
        for configured in configuration.routes {
            guard let route = routes.place(of: configured.service, port: configured.target) else { continue }
            let treatment = routes[route].treatment
            if treatment.tls == nil, treatment.upstreamTLS == nil {
                routes[route].counters.tls = nil
            } else if routes[route].counters.tls == nil {
                routes[route].counters.tls = GatewayCounters.Handshakes()
            }
            configureTermination(route)
            configureOrigination(route)
        }
    }

    private func configureTermination(_ route: Int) {
        guard let policy = routes[route].treatment.tls else {
            routes[route].termination = nil
            routes[route].counters.tls?.certificates = []
            return
        }
        let name = routes[route].treatment.application.negotiatedName
        let settings = TLSServerSettings(policy, protocolName: name)
        if let present = routes[route].termination, present.settings == settings { return }
        routes[route].termination = TLSMaterial(settings)
        lookAtFiles(of: route)
    }

    private func configureOrigination(_ route: Int) {
        guard let settings = routes[route].treatment.upstreamTLS else {
            routes[route].origination = nil
            return
        }
        if let present = routes[route].origination, present.settings == settings { return }
        routes[route].origination = TLSMaterial(settings)
        lookAtFiles(of: route)
    }

    /// The same where nobody has connected for a while: when certificates expire is told of those that are there.
    func renewFiles() {
        now = Poller.now()
        lookAtFiles()
    }

    /// Takes over files that have changed; once a second at the most.
    func lookAtFiles() {
        guard now - filesLookedAt >= Self.lookInterval else { return }
        filesLookedAt = now
        for route in routes.all { lookAtFiles(of: route) }
    }

    private func lookAtFiles(of route: Int) {
        if let news = routes[route].termination?.look() {
            tell(news, of: route, "certificates", isInUse: routes[route].termination?.context != nil)
            let certificates = routes[route].termination?.context?.certificates ?? []
            routes[route].counters.tls?.certificates = certificates.map {
                GatewayCounters.Handshakes.Certificate(file: $0.file, expiry: $0.expiry)
            }
        }
        if let news = routes[route].origination?.look() {
            tell(news, of: route, "files for upstream_tls", isInUse: routes[route].origination?.context != nil)
        }
    }

    private func tell<Settings>(_ news: TLSMaterial<Settings>.News, of route: Int, _ what: String, isInUse: Bool) {
        let name = "\(routes[route].service):\(routes[route].target)"
        switch news {
        case .none: break
        case .renewed: report("\(name): the \(what) have changed and are in use")
        case .unusable(let problem) where isInUse: report("\(name) goes on with the \(what) it had: \(problem)")
        case .unusable(let problem): report("\(name) cannot be reached until this is mended: \(problem)")
        }
    }
}

extension ApplicationProtocol {
    /// What clients and servers agree on by name (ALPN) where they speak it over TLS; nil where it has no such name.
    fileprivate var negotiatedName: String? {
        switch self {
        case .http, .ollama: "http/1.1"
        case .postgres: "postgresql"
        case .tcp, .redis, .bolt: nil
        }
    }
}
