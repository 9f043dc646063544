/// What an error reply of Redis or Valkey says, told by its first word.
public enum RedisError: UInt8, Sendable, Equatable, CaseIterable {
    /// LOADING: the data is being read from disk.
    case loading
    /// MASTERDOWN: a replica without its primary.
    case masterDown
    /// CLUSTERDOWN: the cluster has no quorum or slots without an owner.
    case clusterDown
    /// OOM: no memory for a write.
    case outOfMemory
    /// READONLY: a write to a replica.
    case readOnly
    /// MISCONF: writes are refused since snapshots fail.
    case misconfigured
    /// NOREPLICAS: writes are refused since replicas are missing.
    case noReplicas
    /// BUSY: a script runs for too long.
    case busy
    /// `ERR max number of clients reached`, which is sent before the connection is closed.
    case tooManyClients
    /// Any other: a mistake of the client's, or a redirection.
    case other

    /// Whether the server, and not the client, is the cause.
    public var isServerFault: Bool {
        switch self {
        case .loading, .masterDown, .clusterDown, .outOfMemory, .misconfigured, .noReplicas, .busy, .tooManyClients:
            true
        case .readOnly, .other: false
        }
    }

    /// The start of the error's text.
    private var prefix: StaticString {
        switch self {
        case .loading: "LOADING "
        case .masterDown: "MASTERDOWN "
        case .clusterDown: "CLUSTERDOWN "
        case .outOfMemory: "OOM "
        case .readOnly: "READONLY "
        case .misconfigured: "MISCONF "
        case .noReplicas: "NOREPLICAS "
        case .busy: "BUSY "
        case .tooManyClients: "ERR max number of clients"
        case .other: ""
        }
    }

    /// The error whose text starts with these bytes, of which 32 suffice.
    init(_ text: UnsafeRawBufferPointer) {
        let candidate: RedisError
        switch (text.first, text.count > 1 ? text[1] : 0) {
        case (UInt8(ascii: "L"), _): candidate = .loading
        case (UInt8(ascii: "C"), _): candidate = .clusterDown
        case (UInt8(ascii: "O"), _): candidate = .outOfMemory
        case (UInt8(ascii: "R"), _): candidate = .readOnly
        case (UInt8(ascii: "N"), _): candidate = .noReplicas
        case (UInt8(ascii: "B"), _): candidate = .busy
        case (UInt8(ascii: "E"), _): candidate = .tooManyClients
        case (UInt8(ascii: "M"), UInt8(ascii: "A")): candidate = .masterDown
        case (UInt8(ascii: "M"), _): candidate = .misconfigured
        case (_, _): candidate = .other
        }
        self = text.begins(with: candidate.prefix) ? candidate : .other
    }
}
