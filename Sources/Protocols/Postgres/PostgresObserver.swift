/// Looks at what a PostgreSQL server sends first, as it is relayed, and says how the connection came out (PostgreSQL
/// documentation, 54.2.1 and 54.7). Nothing is kept of what passes but an SQLSTATE, and nothing is delayed.
public struct PostgresObserver: Sendable, Equatable {
    /// How the connection came out, as far as the server's bytes tell.
    public enum Outcome: Sendable, Equatable {
        /// Nothing to tell yet. Where the connection ends so, the server did not do its part.
        case pending
        /// The server takes queries.
        case ready
        /// The server refused the session.
        case refused(SQLState)
        /// The connection is encrypted, or is not PostgreSQL's; no more can be told.
        case opaque
    }

    enum State: Equatable {
        /// Before the first message; `hasDeclined` after an `N`, which refuses encryption unless a zero follows.
        case negotiation(hasDeclined: Bool)
        case type
        case length(type: UInt8)
        case body
        case fieldType
        case field(UInt8)
        case settled(Outcome)
    }

    private var state = State.negotiation(hasDeclined: false)
    /// The bytes of the length that have come, and what they make so far; then the bytes of the body still to come.
    private var lengthBytes = 0
    private var remaining: UInt32 = 0
    private var sqlState = SQLState()

    /// The longest message that is believed before a session begins.
    private static let mostBytes: UInt32 = 1 << 16

    /// An observer of a connection on which the server has sent nothing.
    public init() {}

    /// What is known so far.
    public var outcome: Outcome {
        switch state {
        case .settled(let outcome): outcome
        case .negotiation, .type, .length, .body, .fieldType, .field: .pending
        }
    }

    /// Looks at the server's next bytes. Costs nothing once the outcome is known.
    public mutating func observe(_ bytes: UnsafeRawBufferPointer) {
        var place = 0
        while place < bytes.count {
            switch state {
            case .settled: return
            case .body:
                let present = min(Int(remaining), bytes.count - place)
                place += present
                remaining -= UInt32(truncatingIfNeeded: present)
                if remaining == 0 { state = .type }
            case .negotiation, .type, .length, .fieldType, .field:
                take(bytes[place])
                place += 1
            }
        }
    }

    private mutating func take(_ byte: UInt8) {
        switch state {
        case .negotiation(let hasDeclined): takeFirst(byte, hasDeclined: hasDeclined)
        case .type: takeType(byte)
        case .length(let type): takeLength(byte, of: type)
        case .fieldType, .field: takeError(byte)
        case .body, .settled: break
        }
    }

    private mutating func takeFirst(_ byte: UInt8, hasDeclined: Bool) {
        switch byte {
        case UInt8(ascii: "S"), UInt8(ascii: "G"): state = .settled(.opaque)
        case UInt8(ascii: "N"): state = .negotiation(hasDeclined: true)
        case 0 where hasDeclined:
            // The first byte of a length: the `N` was a NoticeResponse and no answer.
            takeType(UInt8(ascii: "N"))
            takeLength(byte, of: UInt8(ascii: "N"))
        case UInt8(ascii: "R"), UInt8(ascii: "E"), UInt8(ascii: "v"): takeType(byte)
        case _: state = .settled(.opaque)
        }
    }

    private mutating func takeType(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "R"), UInt8(ascii: "E"), UInt8(ascii: "v"), UInt8(ascii: "S"), UInt8(ascii: "K"),
            UInt8(ascii: "N"), UInt8(ascii: "Z"):
            lengthBytes = 0
            remaining = 0
            state = .length(type: byte)
        case _: state = .settled(.opaque)
        }
    }

    private mutating func takeLength(_ byte: UInt8, of type: UInt8) {
        remaining = remaining << 8 | UInt32(byte)
        lengthBytes += 1
        guard lengthBytes == 4 else { return }
        guard remaining >= 4, remaining <= Self.mostBytes else {
            state = .settled(.opaque)
            return
        }
        remaining -= 4
        switch (type, remaining) {
        case (UInt8(ascii: "Z"), _): state = .settled(.ready)
        case (_, 0): state = .type
        case (UInt8(ascii: "E"), _): state = .fieldType
        case (_, _): state = .body
        }
    }

    /// Takes a byte of an ErrorResponse: fields of a type and a text that ends in zero, and a zero at the end.
    private mutating func takeError(_ byte: UInt8) {
        remaining -= 1
        switch (state, byte) {
        case (.field(UInt8(ascii: "C")), 0): state = .settled(sqlState.count == 5 ? .refused(sqlState) : .opaque)
        case (.field, 0): state = .fieldType
        case (.field(UInt8(ascii: "C")), _): sqlState.append(byte)
        case (.fieldType, 0): state = .settled(.opaque)
        case (.fieldType, _): state = .field(byte)
        case (.field, _), (.negotiation, _), (.type, _), (.length, _), (.body, _), (.settled, _): break
        }
        if remaining == 0, outcome == .pending { state = .settled(.opaque) }
    }
}
