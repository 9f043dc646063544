internal import FoundationEssentials

/// What a registry is shown. It is a secret: neither its text nor its debug text has any of it.
public struct RegistryLogin: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The user; empty with a token.
    public var user: String
    /// The user's password; empty with a token.
    public var password: String
    /// A token in place of both.
    public var identityToken: String?
    /// What the registry is called, in the docker command's words.
    public var server: String

    /// For that server.
    public init(server: String, user: String = "", password: String = "", identityToken: String? = nil) {
        self.server = server
        self.user = user
        self.password = password
        self.identityToken = identityToken
    }

    /// Says for which server it is.
    public var description: String { "a login to \(server)" }

    /// Says for which server it is.
    public var debugDescription: String { description }

    /// The value of `X-Registry-Auth`.
    var header: String? { Self.header(document) }

    /// The value of `X-Registry-Config`, which has many of them.
    static func header(_ logins: [RegistryLogin]) -> String? {
        header(Dictionary(logins.map { ($0.server, $0.document) }) { first, _ in first })
    }

    private struct Document: Encodable {
        var username: String?
        var password: String?
        var identitytoken: String?
        var serveraddress: String
    }

    private var document: Document {
        if let identityToken { return Document(identitytoken: identityToken, serveraddress: server) }
        return Document(username: user, password: password, serveraddress: server)
    }

    private static func header(_ document: some Encodable) -> String? {
        guard let json = try? JSONEncoder().encode(document) else { return nil }
        let text = json.base64EncodedString()
        // RFC 4648 section 5, with padding, as the engine reads it.
        return String(text.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }
}
