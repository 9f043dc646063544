/// One of the answers, in their order, that an HTTP client gets where the service it asked cannot give one.
public enum FallbackStep: Hashable, Sendable, Codable {
    /// What another service answers at that port.
    case service(String, port: UInt16)
    /// Always the same.
    case answer(StaticAnswer)

    /// Of which kind it is.
    public var kind: FallbackKind {
        switch self {
        case .service: .service
        case .answer: .static
        }
    }
}

/// The kinds of answers that stand in for a service's own.
public enum FallbackKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Another service's.
    case service
    /// Always the same.
    case `static`
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
