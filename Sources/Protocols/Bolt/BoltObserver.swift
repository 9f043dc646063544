/// Looks at what a Bolt server sends, as it is relayed, and tells how its handshake and its answers came out
/// (neo4j.com/docs/bolt/current/bolt). Nothing is delayed; of what passes no more than the start of a status code is
/// kept.
public struct BoltObserver: Sendable, Equatable {
    /// How the handshake came out.
    public enum Handshake: Sendable, Equatable {
        /// The server has not answered it.
        case pending
        /// The server speaks that version, or offered a choice where both are zero (manifest, Bolt 5.7).
        case accepted(major: UInt8, minor: UInt8)
        /// The server speaks no version that the client offered.
        case refused
        /// What the server sent is no answer to a handshake: encryption, for instance.
        case opaque
    }

    /// Bytes that a client says before the server answers: four that name the protocol, and four versions.
    public static let clientHandshakeLength = 20

    /// How the handshake came out.
    public private(set) var handshake = Handshake.pending
    /// SUCCESS messages so far.
    public private(set) var successes: UInt64 = 0
    /// FAILURE messages so far.
    public private(set) var failures: UInt64 = 0
    /// FAILURE messages so far that the server is the cause of.
    public private(set) var serverFaults: UInt64 = 0
    /// What the last FAILURE told; nil where there was none.
    public private(set) var lastFailure: BoltFailure?

    enum State: Equatable {
        /// In the four bytes that answer the handshake.
        case answer(left: Int)
        /// In the number of versions offered, in those, and in the capabilities behind them.
        case offerCount
        case offers(left: Int)
        case capabilities(left: Int)
        /// In the two bytes before a chunk; `high` is the first one, once it came.
        case chunkSize(high: UInt8?)
        case chunk
        case opaque
    }

    /// Where in a message the next byte is.
    enum Position: Equatable {
        case structure
        case signature
        case failure
        /// In a message, or the rest of one, that is of no concern.
        case rest
    }

    private var state = State.answer(left: 4)
    private var answer: UInt32 = 0
    private var remaining = 0
    private var position = Position.structure
    private var reader = BoltFailureReader()

    /// Most versions that a server offers.
    private static let mostOffers: UInt8 = 64

    /// An observer of a connection on which the server has sent nothing.
    public init() {}

    /// Looks at the server's next bytes.
    public mutating func observe(_ bytes: UnsafeRawBufferPointer) {
        var place = 0
        while place < bytes.count {
            switch state {
            case .opaque: return
            case .chunk where position == .rest:
                let present = min(remaining, bytes.count - place)
                place += present
                remaining -= present
                if remaining == 0 { state = .chunkSize(high: nil) }
            case .answer, .offerCount, .offers, .capabilities, .chunkSize, .chunk:
                take(bytes[place])
                place += 1
            }
        }
    }

    private mutating func take(_ byte: UInt8) {
        switch state {
        case .answer(let left):
            answer = answer << 8 | UInt32(byte)
            if left == 1 { endAnswer() } else { state = .answer(left: left - 1) }
        case .offerCount:
            guard byte > 0, byte <= Self.mostOffers else { return fail() }
            state = .offers(left: Int(byte) * 4)
        case .offers(let left): state = left == 1 ? .capabilities(left: 9) : .offers(left: left - 1)
        case .capabilities(let left):
            // A number of seven bits to the byte; the last byte has its high bit clear.
            guard byte >= 0x80 else {
                state = .chunkSize(high: nil)
                return
            }
            if left == 1 { fail() } else { state = .capabilities(left: left - 1) }
        case .chunkSize(nil): state = .chunkSize(high: byte)
        case .chunkSize(let high?):
            remaining = Int(high) << 8 | Int(byte)
            if remaining == 0 { endMessage() } else { state = .chunk }
        case .chunk:
            takeMessage(byte)
            remaining -= 1
            if remaining == 0, state == .chunk { state = .chunkSize(high: nil) }
        case .opaque: break
        }
    }

    private mutating func fail() {
        if handshake == .pending { handshake = .opaque }
        state = .opaque
    }

    private mutating func endAnswer() {
        let (major, minor) = (UInt8(truncatingIfNeeded: answer), UInt8(truncatingIfNeeded: answer >> 8))
        switch answer {
        case 0:
            handshake = .refused
            state = .opaque
        case 0x0000_01ff:
            handshake = .accepted(major: 0, minor: 0)
            state = .offerCount
        case 1...0xffff where major > 0 && major < 0x20:
            handshake = .accepted(major: major, minor: minor)
            state = .chunkSize(high: nil)
        case _: fail()
        }
    }

    private mutating func takeMessage(_ byte: UInt8) {
        switch position {
        case .structure:
            guard byte & 0xf0 == 0xb0 else { return fail() }
            position = .signature
        case .signature: takeSignature(byte)
        case .failure:
            reader.take(byte)
            settle()
        case .rest: break
        }
    }

    private mutating func takeSignature(_ byte: UInt8) {
        switch byte {
        case 0x70:
            successes &+= 1
            position = .rest
        case 0x7f:
            reader = BoltFailureReader()
            position = .failure
        case _: position = .rest
        }
    }

    private mutating func settle() {
        guard let failure = reader.failure else { return }
        failures &+= 1
        if failure.isServerFault { serverFaults &+= 1 }
        lastFailure = failure
        position = .rest
    }

    /// A chunk of no bytes ends a message; between messages it keeps the connection alive.
    private mutating func endMessage() {
        if position == .failure {
            reader.end()
            settle()
        }
        position = .structure
        state = .chunkSize(high: nil)
    }
}
