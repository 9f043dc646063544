internal import FoundationEssentials
internal import Platform

/// The contexts of the docker command: named endpoints in files below `~/.docker`.
struct DockerContexts {
    private struct Configuration: Decodable {
        var currentContext: String?
    }

    private struct Metadata: Decodable {
        struct Endpoint: Decodable {
            var Host: String?
            var SkipTLSVerify: Bool?
        }

        var Name: String
        var Endpoints: [String: Endpoint]?
    }

    private let environment: [String: String]
    private let folder: String

    init(_ environment: [String: String]) {
        self.environment = environment
        folder = Self.folder(environment)
    }

    /// Where the docker command keeps what it is told.
    static func folder(_ environment: [String: String]) -> String {
        environment["DOCKER_CONFIG"] ?? (environment["HOME"] ?? "/root") + "/.docker"
    }

    /// The context that is in use; nil where that is the default one.
    func current() throws(EngineEndpointError) -> String? {
        if let name = environment["DOCKER_CONTEXT"], !name.isEmpty { return name == "default" ? nil : name }
        let path = folder + "/config.json"
        guard let bytes = try? readWholeFile(path) else { return nil }
        guard let configuration = try? JSONDecoder().decode(Configuration.self, from: Data(bytes)) else {
            throw EngineEndpointError(
                description: "\(path) is no JSON that the docker command wrote; mend or remove it")
        }
        guard let name = configuration.currentContext, !name.isEmpty, name != "default" else { return nil }
        return name
    }

    /// Where that context leads. Its files are in a folder named by a hash of its name, so all are looked through.
    func endpoint(of name: String) throws(EngineEndpointError) -> EngineEndpoint {
        let all = folder + "/contexts/meta"
        for entry in namesInFolder(all) {
            guard let bytes = try? readWholeFile("\(all)/\(entry)/meta.json"),
                let metadata = try? JSONDecoder().decode(Metadata.self, from: Data(bytes)), metadata.Name == name,
                let docker = metadata.Endpoints?["docker"], let host = docker.Host
            else { continue }
            let source = "context \"\(name)\""
            let found = try EngineEndpoint.parse(host, source: source, environment)
            let files = "\(folder)/contexts/tls/\(entry)/docker"
            guard case .network(let url, _) = found.way, fileExists(files + "/ca.pem") else { return found }
            let secure = url.hasPrefix("http://") ? "https://" + url.dropFirst("http://".count) : url
            let tls = EngineEndpoint.TLSFiles(folder: files, verify: docker.SkipTLSVerify != true)
            return EngineEndpoint(.network(secure, tls), source: source)
        }
        throw EngineEndpointError(
            description: "there is no context '\(name)' below \(all); 'docker context ls' lists those there are")
    }
}
