internal import Platform

/// Where a container engine listens.
public struct EngineEndpoint: Hashable, Sendable {
    /// How it is reached.
    public enum Way: Hashable, Sendable {
        /// By a unix socket with that path.
        case unix(String)
        /// By HTTP, or HTTPS with these files, at a URL without a path.
        case network(String, TLSFiles?)
    }

    /// What proves over TLS who speaks.
    public struct TLSFiles: Hashable, Sendable {
        /// The certificates of who may have signed the engine's.
        public var authority: String
        /// The client's own certificate.
        public var certificate: String
        /// Its key.
        public var key: String
        /// Whether the engine has to prove who it is.
        public var verify: Bool

        /// These files.
        public init(authority: String, certificate: String, key: String, verify: Bool = true) {
            self.authority = authority
            self.certificate = certificate
            self.key = key
            self.verify = verify
        }

        /// Those in a folder, by the names that Docker gives them.
        public init(folder: String, verify: Bool) {
            authority = folder + "/ca.pem"
            certificate = folder + "/cert.pem"
            key = folder + "/key.pem"
            self.verify = verify
        }
    }

    /// How it is reached.
    public let way: Way
    /// What said so, for messages: `DOCKER_HOST`, `context "name"`, `default`.
    public let source: String

    /// That way, as `source` says.
    public init(_ way: Way, source: String) {
        self.way = way
        self.source = source
    }

    /// The address as people write it.
    public var description: String {
        switch way {
        case .unix(let path): "unix://\(path)"
        case .network(let url, _): url
        }
    }
}

/// Why it is not known where the engine is: what, where, what was expected.
public struct EngineEndpointError: Error, Equatable, CustomStringConvertible {
    /// One sentence.
    public let description: String
}

extension EngineEndpoint {
    /// The endpoint that the docker command would use with these variables: `host` where it is given, then `DOCKER_HOST`, then
    /// the context that `DOCKER_CONTEXT` or `config.json` names, then the usual sockets of Docker and of Podman. With
    /// `prefersPodman` it is `CONTAINER_HOST`, `DOCKER_HOST`, then the usual sockets of Podman.
    ///
    /// - Source: Docker's "Docker contexts" and "docker CLI environment variables" pages; podman-remote(1).
    public static func find(
        _ environment: [String: String], host: String? = nil, prefersPodman: Bool = false
    ) throws(EngineEndpointError) -> EngineEndpoint {
        try find(environment, host: host, prefersPodman: prefersPodman, exists: fileExists)
    }

    static func find(
        _ environment: [String: String], host: String?, prefersPodman: Bool = false, exists: (String) -> Bool
    ) throws(EngineEndpointError) -> EngineEndpoint {
        if let host { return try parse(host, source: "--host", environment) }
        if prefersPodman, let host = environment["CONTAINER_HOST"], !host.isEmpty {
            return try parse(host, source: "CONTAINER_HOST", environment)
        }
        if let host = environment["DOCKER_HOST"], !host.isEmpty {
            return try parse(host, source: "DOCKER_HOST", environment)
        }
        if prefersPodman {
            let usual = podmanSockets(environment)
            return EngineEndpoint(.unix(usual.first(where: exists) ?? usual.last ?? ""), source: "default")
        }
        let contexts = DockerContexts(environment)
        if let name = try contexts.current() { return try contexts.endpoint(of: name) }
        let usual = ["/var/run/docker.sock"] + podmanSockets(environment)
        let path = usual.first(where: exists) ?? usual[0]
        return EngineEndpoint(.unix(path), source: "default")
    }

    private static func podmanSockets(_ environment: [String: String]) -> [String] {
        let own = environment["XDG_RUNTIME_DIR"].map { "\($0)/podman/podman.sock" }
        return [own, "/run/podman/podman.sock"].compactMap { $0 }
    }

    /// Reads `unix://PATH`, `tcp://HOST:PORT`, `http://…`, `https://…` or a path.
    public static func parse(
        _ text: String, source: String, _ environment: [String: String] = [:]
    ) throws(EngineEndpointError) -> EngineEndpoint {
        if text.hasPrefix("unix://") {
            let path = String(text.dropFirst("unix://".count))
            guard path.hasPrefix("/") else { throw refusal(text, source) }
            return EngineEndpoint(.unix(path), source: source)
        }
        if text.hasPrefix("/") { return EngineEndpoint(.unix(text), source: source) }
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { throw refusal(text, source) }
        let rest = text[colon...].dropFirst("://".count).prefix { $0 != "/" }
        guard !rest.isEmpty else { throw refusal(text, source) }
        let files = tlsFiles(environment)
        switch text[..<colon] {
        case "tcp":
            let scheme = files == nil ? "http" : "https"
            return EngineEndpoint(.network("\(scheme)://\(rest)", files), source: source)
        case "http": return EngineEndpoint(.network("http://\(rest)", nil), source: source)
        case "https", "tcps": return EngineEndpoint(.network("https://\(rest)", files), source: source)
        default: throw refusal(text, source)
        }
    }

    private static func tlsFiles(_ environment: [String: String]) -> TLSFiles? {
        let verify = environment["DOCKER_TLS_VERIFY"].map { !$0.isEmpty } ?? false
        guard verify || environment["DOCKER_TLS"].map({ !$0.isEmpty }) == true else { return nil }
        let folder = environment["DOCKER_CERT_PATH"] ?? DockerContexts.folder(environment)
        return TLSFiles(folder: folder, verify: verify)
    }

    private static func refusal(_ text: String, _ source: String) -> EngineEndpointError {
        EngineEndpointError(
            description:
                "\(source) says '\(text)', which is no address of an engine; expected unix:///PATH or tcp://HOST:PORT")
    }
}
