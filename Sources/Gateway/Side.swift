/// The two ends of a connection.
enum End {
    case client
    case server

    var other: End {
        switch self {
        case .client: .server
        case .server: .client
        }
    }
}

/// One of the two sockets of a connection.
struct Side {
    /// The socket; -1 is none.
    var descriptor: Int32 = -1
    /// What epoll was told to report; nil is that it does not know the socket.
    var interest: UInt32?
    /// Bytes for this socket that it could not take yet.
    var pending = Pending()
    /// How many bytes for this socket are to be written before the turn ends, and where in its memory they lie.
    var deferred: Int32 = 0
    var deferredStart: Int32 = 0
    /// The peer has sent its last byte.
    var inputEnded = false
    /// The peer was told that no more bytes come.
    var outputEnded = false
}

/// Bytes that were read and not yet written.
struct Pending {
    var buffer: UnsafeMutableRawPointer?
    var start = 0
    var end = 0

    var isEmpty: Bool { start == end }
}
