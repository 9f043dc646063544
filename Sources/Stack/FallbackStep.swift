/// One of the answers, in their order, that an HTTP client gets where the service it asked cannot give one.
public enum FallbackStep: Hashable, Sendable, Codable {
    /// What another service answers at that port and, where one is named, of that model.
    case service(String, port: UInt16, model: String? = nil)
    /// What the same service answers of another model.
    case model(String)
    /// Always the same.
    case answer(StaticAnswer)

    /// Of which kind it is.
    public var kind: FallbackKind {
        switch self {
        case .service(_, _, model: nil): .service
        case .service, .model: .model
        case .answer: .static
        }
    }

    /// The model that it asks in place of the one that a request names; nil where it leaves the request as it is.
    public var model: String? {
        switch self {
        case .service(_, _, let model): model
        case .model(let model): model
        case .answer: nil
        }
    }
}

/// The kinds of answers that stand in for a service's own.
public enum FallbackKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Another service's.
    case service
    /// Another model's, of the same service or of another one.
    case model
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
