/// Counts the replies of a Redis or Valkey server as they are relayed, and tells which of them are errors (RESP2 and
/// RESP3, redis.io/docs/latest/develop/reference/protocol-spec). Nothing is delayed, and of what passes no more than the
/// first bytes of an error are kept.
public struct RedisObserver: Sendable, Equatable {
    /// Replies so far, errors included; pushes and attributes are none.
    public private(set) var replies: UInt64 = 0
    /// Error replies so far. Errors inside an array, as EXEC returns them, are not counted.
    public private(set) var errors: UInt64 = 0
    /// Error replies so far that the server is the cause of.
    public private(set) var serverFaults: UInt64 = 0
    /// What the last error reply said; nil where there was none.
    public private(set) var lastError: RedisError?
    /// Whether the bytes stopped being RESP as known here, encrypted ones for instance. Nothing is counted from then on.
    public var isOpaque: Bool { state == .opaque }

    enum State: Equatable {
        /// Before the first byte of a value.
        case type
        /// In the number of a length or count.
        case number(type: UInt8)
        /// In a text up to the line's end; `isError` where it is kept.
        case line(isError: Bool)
        /// Behind the carriage return of a number, and of a text.
        case numberLineFeed(type: UInt8)
        case lineLineFeed
        /// In a text of known length, and its line's end behind it.
        case bulk(isError: Bool)
        case bulkCarriageReturn
        case bulkLineFeed
        case opaque
    }

    private var state = State.type
    private var stack = ValueStack()
    /// The type of the outermost value.
    private var outermost: UInt8 = 0
    private var number = RESPNumber()
    private var remaining: UInt64 = 0
    private var errorText = ShortText()

    /// An observer of a connection on which the server has sent nothing.
    public init() {}

    /// Looks at the server's next bytes.
    public mutating func observe(_ bytes: UnsafeRawBufferPointer) {
        var place = 0
        while place < bytes.count {
            switch state {
            case .opaque: return
            case .line(isError: false):
                place = bytes.first(Ascii.carriageReturn, from: place, to: bytes.count)
                guard place < bytes.count else { return }
                state = .lineLineFeed
                place += 1
            case .bulk(isError: false):
                let present = min(remaining, UInt64(bytes.count - place))
                place += Int(present)
                remaining -= present
                if remaining == 0 { state = .bulkCarriageReturn }
            case .type, .number, .line, .numberLineFeed, .lineLineFeed, .bulk, .bulkCarriageReturn, .bulkLineFeed:
                take(bytes[place])
                place += 1
            }
        }
    }

    private mutating func take(_ byte: UInt8) {
        switch state {
        case .type: takeType(byte)
        case .number(let type):
            if byte == Ascii.carriageReturn {
                state = .numberLineFeed(type: type)
            } else if !number.append(byte) {
                state = .opaque
            }
        case .line:
            if byte == Ascii.carriageReturn { state = .lineLineFeed } else { errorText.append(byte) }
        case .numberLineFeed(let type):
            if byte == Ascii.lineFeed { takeNumber(of: type) } else { state = .opaque }
        case .lineLineFeed, .bulkLineFeed:
            if byte == Ascii.lineFeed { endValue() } else { state = .opaque }
        case .bulk:
            errorText.append(byte)
            remaining -= 1
            if remaining == 0 { state = .bulkCarriageReturn }
        case .bulkCarriageReturn: state = byte == Ascii.carriageReturn ? .bulkLineFeed : .opaque
        case .opaque: break
        }
    }

    private mutating func takeType(_ byte: UInt8) {
        if stack.depth == 0 { outermost = byte }
        errorText = ShortText()
        number = RESPNumber()
        switch byte {
        case UInt8(ascii: "-"): state = .line(isError: stack.depth == 0)
        case UInt8(ascii: "+"), UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: ","), UInt8(ascii: "#"),
            UInt8(ascii: "("):
            state = .line(isError: false)
        case UInt8(ascii: "$"), UInt8(ascii: "!"), UInt8(ascii: "="), UInt8(ascii: "*"), UInt8(ascii: "~"),
            UInt8(ascii: ">"), UInt8(ascii: "%"), UInt8(ascii: "|"):
            state = .number(type: byte)
        case _: state = .opaque
        }
    }

    /// Takes the length of a text or the count of a list. Minus one is the null of RESP2.
    private mutating func takeNumber(of type: UInt8) {
        guard let count = number.value else {
            if number.isNull, type == UInt8(ascii: "$") || type == UInt8(ascii: "*") {
                endValue()
            } else {
                state = .opaque
            }
            return
        }
        switch type {
        case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"): enter(count)
        case UInt8(ascii: "%"): enter(count &* 2)
        case UInt8(ascii: "|"): enter(count &* 2, isAttribute: true)
        case _:
            remaining = count
            state = count == 0 ? .bulkCarriageReturn : .bulk(isError: stack.depth == 0 && type == UInt8(ascii: "!"))
        }
    }

    private mutating func enter(_ count: UInt64, isAttribute: Bool = false) {
        guard stack.enter(count, isTransparent: isAttribute) else {
            state = .opaque
            return
        }
        state = .type
        if count == 0, stack.endValue(wasEntered: true) { endOutermost() }
    }

    private mutating func endValue() {
        state = .type
        if stack.endValue() { endOutermost() }
    }

    private mutating func endOutermost() {
        switch outermost {
        case UInt8(ascii: ">"): break
        case UInt8(ascii: "-"), UInt8(ascii: "!"):
            let error = errorText.withBytes { RedisError($0) }
            replies &+= 1
            errors &+= 1
            if error.isServerFault { serverFaults &+= 1 }
            lastError = error
        case _: replies &+= 1
        }
    }
}

/// A length or count: digits, or minus one.
struct RESPNumber: Equatable {
    private var digits: UInt64 = 0
    private var count = 0
    private var isNegative = false

    /// False where the byte cannot go on a number, or the number gets beyond what a server sends.
    mutating func append(_ byte: UInt8) -> Bool {
        if byte == UInt8(ascii: "-"), count == 0, !isNegative {
            isNegative = true
            return true
        }
        guard byte.isDigit, count < 12 else { return false }
        digits = digits &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
        count += 1
        return true
    }

    /// The number; nil where it has no digits or is negative.
    var value: UInt64? { count > 0 && !isNegative ? digits : nil }
    var isNull: Bool { isNegative && count == 1 && digits == 1 }
}
