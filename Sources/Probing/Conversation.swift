/// One side of a protocol's talk with a server, as a value: bytes in, bytes and a verdict out.
///
/// A conversation does no I/O and reads no clock; whoever owns the socket calls `connected` once, `received` for what
/// arrives and `closed` when the server ends its side, and stops at the first verdict. Whatever the server sends,
/// memory stays below `InputBuffer.unreadLimit` and the talk ends after `InputBuffer.totalLimit` bytes.
protocol Conversation: Sendable {
    /// The connection stands: what is said first.
    mutating func connected() -> Turn
    /// The server said something.
    mutating func received(_ bytes: [UInt8]) -> Turn
    /// The server closed the connection before there was a verdict.
    mutating func closed() -> Verdict
}

/// What a conversation does next: bytes to send and, when it has seen enough, the verdict.
///
/// Bytes that come with a verdict are a farewell: sent if the socket takes them at once.
struct Turn: Equatable, Sendable {
    var send: [UInt8] = []
    var verdict: Verdict?

    static let wait = Turn()

    static func say(_ bytes: [UInt8]) -> Turn {
        Turn(send: bytes)
    }

    static func pass(farewell: [UInt8] = []) -> Turn {
        Turn(send: farewell, verdict: .passed)
    }

    static func fail(_ reason: String, farewell: [UInt8] = []) -> Turn {
        Turn(send: farewell, verdict: .failed(reason))
    }
}

/// What a probe found.
enum Verdict: Equatable, Sendable {
    case passed
    case failed(String)
}

/// The server said something its protocol does not know; `text` says what, short and printable.
struct ProtocolViolation: Error, Equatable {
    var text: String

    init(_ text: String) {
        self.text = text
    }
}

/// The talk of a TCP probe: that somebody accepts is all it asks.
struct TCPConversation: Conversation {
    mutating func connected() -> Turn {
        .pass()
    }

    mutating func received(_ bytes: [UInt8]) -> Turn {
        .pass()
    }

    mutating func closed() -> Verdict {
        .passed
    }
}
