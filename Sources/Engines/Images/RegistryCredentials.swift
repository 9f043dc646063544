internal import FoundationEssentials
internal import Platform

/// The logins that `docker login` keeps, in `config.json` or with the helpers that it names. They are looked up anew each time.
///
/// - Source: Docker's documentation of `docker login`, "Credential stores" and "Credential helpers".
public struct RegistryCredentials: Sendable {
    private struct Configuration: Decodable {
        struct Entry: Decodable {
            var auth: String?
            var username: String?
            var password: String?
            var identitytoken: String?
        }

        var auths: [String: Entry]?
        var credHelpers: [String: String]?
        var credsStore: String?
    }

    /// What Docker Hub is called in the file, and by helpers.
    private static let hubServer = "https://index.docker.io/v1/"

    private let environment: [String: String]
    private let path: String

    /// Those of whoever has these variables: `DOCKER_CONFIG`, or `HOME`, and what helpers need.
    public init(_ environment: [String: String]) {
        self.environment = environment
        path = DockerContexts.folder(environment) + "/config.json"
    }

    /// The login to a registry, by its host; nil where there is none.
    public func login(to registry: String) throws(EngineError) -> RegistryLogin? {
        guard let configuration = try read() else { return nil }
        let server = registry == ImageReference.hub ? Self.hubServer : registry
        if let name = helper(for: server, configuration) {
            return try CredentialHelper(name, environment).login(to: server)
        }
        let entries = configuration.auths ?? [:]
        let key = entries[server] != nil ? server : entries.keys.sorted().first { isSame($0, server) }
        guard let key, let entry = entries[key] else { return nil }
        return try login(to: server, entry)
    }

    /// All there are. A helper that fails costs its own only; what it says is among `troubles`.
    func all() throws(EngineError) -> (logins: [RegistryLogin], troubles: [String]) {
        guard let configuration = try read() else { return ([], []) }
        var servers = Set(configuration.auths.map { Array($0.keys) } ?? [])
        servers.formUnion(configuration.credHelpers.map { Array($0.keys) } ?? [])
        var troubles: [String] = []
        do throws(EngineError) {
            if let store = configuration.credsStore, !store.isEmpty {
                servers.formUnion(try CredentialHelper(store, environment).servers())
            }
        } catch { troubles.append(error.description) }
        var logins: [RegistryLogin] = []
        for server in servers.sorted() {
            do throws(EngineError) {
                if let login = try login(to: server) { logins.append(login) }
            } catch {
                if !troubles.contains(error.description) { troubles.append(error.description) }
            }
        }
        return (logins, troubles)
    }

    private func read() throws(EngineError) -> Configuration? {
        guard fileExists(path) else { return nil }
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try readWholeFile(path) } catch { throw .unreadable(path, error.code) }
        guard let configuration = try? JSONDecoder().decode(Configuration.self, from: Data(bytes)) else {
            throw .prevented("\(path) is no JSON that the docker command wrote; mend or remove it")
        }
        return configuration
    }

    private func helper(for server: String, _ configuration: Configuration) -> String? {
        let special = configuration.credHelpers ?? [:]
        let key = special[server] != nil ? server : special.keys.sorted().first { isSame($0, server) }
        let name = key.flatMap { special[$0] } ?? configuration.credsStore
        return name?.isEmpty == false ? name : nil
    }

    private func login(to server: String, _ entry: Configuration.Entry) throws(EngineError) -> RegistryLogin? {
        if let token = entry.identitytoken, !token.isEmpty {
            return RegistryLogin(server: server, identityToken: token)
        }
        guard let auth = entry.auth, !auth.isEmpty else {
            guard let user = entry.username, !user.isEmpty else { return nil }
            return RegistryLogin(server: server, user: user, password: entry.password ?? "")
        }
        guard let bytes = Data(base64Encoded: auth), let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
            throw .prevented("\(path): the login to \(server) is not what the docker command writes; log in anew")
        }
        // Old versions filled passwords up with zeros.
        let password = bytes[colon...].dropFirst().prefix { $0 != 0 }
        return RegistryLogin(
            server: server, user: String(decoding: bytes[..<colon], as: UTF8.self),
            password: String(decoding: password, as: UTF8.self))
    }

    /// Whether two ways to write a server mean the same host: old files have URLs.
    private func isSame(_ one: String, _ other: String) -> Bool { host(one) == host(other) }

    private func host(_ server: String) -> String {
        var text = Substring(server)
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) { text = text.dropFirst(scheme.count) }
        let host = text.prefix { $0 != "/" }
        return host == "index.docker.io" ? ImageReference.hub : String(host)
    }
}
