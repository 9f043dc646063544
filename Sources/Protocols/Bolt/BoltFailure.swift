/// What kind of a failure a Bolt server reports: the classification in its status code (Neo4j documentation, status
/// codes).
public enum BoltFailure: UInt8, Sendable, Equatable, CaseIterable {
    /// Neo.TransientError: saying it again may work. A database that is not available answers so.
    case transient
    /// Neo.DatabaseError: the server is in trouble.
    case database
    /// Neo.ClientError: a mistake of the client's.
    case client
    /// A code that is none of these, or that did not come within the look-ahead.
    case unknown

    /// Whether the server, and not the client, is the cause.
    public var isServerFault: Bool {
        switch self {
        case .transient, .database: true
        case .client, .unknown: false
        }
    }

    /// The failure that a code, or the start of it, tells.
    init(code: UnsafeRawBufferPointer) {
        if code.begins(with: "Neo.TransientError.") {
            self = .transient
        } else if code.begins(with: "Neo.DatabaseError.") {
            self = .database
        } else {
            self = code.begins(with: "Neo.ClientError.") ? .client : .unknown
        }
    }
}
