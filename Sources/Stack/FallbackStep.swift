/// One of the answers, in their order, that an HTTP client gets where the service it asked cannot give one.
public enum FallbackStep: Hashable, Sendable, Codable {
    /// What another service answers at that port and, where one is named, of that model.
    case service(String, port: UInt16, model: String? = nil)
    /// What a server outside the stack answers.
    case url(FallbackURL)
    /// What the same service answers of another model.
    case model(String)
    /// The last good answer to such a request.
    case stale(StaleAnswers)
    /// That the request is kept, and delivered once the service is back.
    case queue(QueuePolicy)
    /// Always the same.
    case answer(StaticAnswer)

    /// Of which kind it is.
    public var kind: FallbackKind {
        switch self {
        case .service(_, _, model: nil): .service
        case .service, .model: .model
        case .url: .url
        case .stale: .stale
        case .queue: .queue
        case .answer: .static
        }
    }

    /// The model that it asks in place of the one that a request names; nil where it leaves the request as it is.
    public var model: String? {
        switch self {
        case .service(_, _, let model): model
        case .model(let model): model
        case .url, .stale, .queue, .answer: nil
        }
    }
}

/// The kinds of answers that stand in for a service's own.
public enum FallbackKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Another service's.
    case service
    /// That of a server outside the stack.
    case url
    /// Another model's, of the same service or of another one.
    case model
    /// The service's own last good one.
    case stale
    /// That the request is kept for later.
    case queue
    /// Always the same.
    case `static`
}

/// An `http` or `https` URL of a server outside the stack that has answers below its path.
public struct FallbackURL: Hashable, Sendable, Codable {
    /// A host's name or its numeric address, that of IPv6 without its brackets.
    public var host: String
    /// The TCP port.
    public var port: UInt16
    /// What comes before the path of a request: empty, or a path without a slash at its end.
    public var prefix: String
    /// Whether it is an `https` URL.
    public var isEncrypted: Bool

    /// The URL of that server with that prefix.
    public init(host: String, port: UInt16, prefix: String = "", isEncrypted: Bool = false) {
        self.host = host
        self.port = port
        self.prefix = prefix
        self.isEncrypted = isEncrypted
    }

    /// The port of a URL that names none.
    public static func usualPort(isEncrypted: Bool) -> UInt16 { isEncrypted ? 443 : 80 }

    /// Host and port, as `Host` has them.
    public var authority: String {
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return port == Self.usualPort(isEncrypted: isEncrypted) ? name : "\(name):\(port)"
    }

    /// The server, as its route is named: no service has such a name.
    public var origin: String { (isEncrypted ? "https://" : "http://") + authority }
}

/// Which good answers are kept for the time when their service has none, and how long they may be used.
public struct StaleAnswers: Hashable, Sendable, Codable {
    /// How long ago an answer may have become stale; nil is as long as it allows itself (`stale-if-error`, RFC 5861).
    public var age: Duration?
    /// Bytes of all answers of the service that are kept.
    public var size: Int64 = 16 << 20
    /// Bytes of the body of one of them.
    public var entry: Int64 = 1 << 20

    /// Those that became stale no longer ago than that.
    public init(age: Duration?) {
        self.age = age
    }
}

/// A fixed answer to an HTTP request.
public struct StaticAnswer: Hashable, Sendable, Codable {
    /// The status code, 200 to 599.
    public var status: Int
    /// The body.
    public var body: String
    /// The body's media type.
    public var contentType: String

    /// That answer.
    public init(status: Int = 503, body: String = "", contentType: String = "text/plain") {
        self.status = status
        self.body = body
        self.contentType = contentType
    }
}
