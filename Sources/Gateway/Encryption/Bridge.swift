internal import Encryption

/// One encrypted connection: TLS over a socket on one side, and on the other a pair of sockets by which the forwarder has
/// in the clear what is said.
///
/// The forwarder treats its end of the pair as it would the connection itself: it reads, writes, ends its output and closes.
struct Bridge {
    /// Where a bridge is in its life.
    enum Phase: UInt8 {
        /// The place is free.
        case unused
        /// Both ends agree on how to encrypt. Can go to `open`, and end.
        case handshaking
        /// Bytes go both ways.
        case open
        /// The connection has broken. What it was is known until the forwarder closes its end.
        case broken
    }

    var phase = Phase.unused
    /// Differs each time the place is used again.
    var generation: UInt32 = 0
    var session: TLSSession?
    /// The socket that TLS is spoken over.
    var secure: Int32 = -1
    /// The bridge's end of the pair.
    var plain: Int32 = -1
    /// The forwarder's end of the pair, until it closes that; then -1.
    var outer: Int32 = -1
    /// Whose it is while it is `handshaking`, and which end of that connection.
    var place = Connection.none
    var end = End.client
    /// Why it is broken, where the other end has said so.
    var complaint: String?

    /// Decrypted bytes that the forwarder has yet to take.
    var inbound = Pending()
    /// Bytes that have yet to be encrypted.
    var outbound = Pending()
    /// What epoll was told to report; nil is that it does not know the socket.
    var secureInterest: UInt32?
    var plainInterest: UInt32?
    /// The other end has sent its last byte.
    var secureEnded = false
    /// The forwarder has.
    var plainEnded = false
    /// The other end was told so.
    var outputEnded = false
    /// To go on reading there has to be room to write, and the other way round.
    var readWantsOutput = false
    var writeWantsInput = false
    /// When one that the forwarder has left is given up; it goes on for as long as the other end takes something.
    var deadline: Int64 = 0

    /// Whether the forwarder has closed its end.
    var isLeft: Bool { outer < 0 }

    /// Whether more is to be read from the other end.
    var mayReceive: Bool { !secureEnded && !isLeft && inbound.isEmpty }
}
