internal import Stack

/// Writes one line of an access log into memory of the caller's, in either format, and allocates nothing.
///
/// Whatever bytes a client sent, the line is a JSON object (RFC 8259) or logfmt pairs: what is neither a visible ASCII
/// character nor a space is percent-encoded, as it would be in a URL.
struct AccessLineWriter {
    private let room: UnsafeMutableRawBufferPointer
    private let isJSON: Bool
    private var length = 0
    private var isFirst = true
    /// Whether the room was too small.
    private var isOver = false

    init(_ format: AccessLogPolicy.Format, into room: UnsafeMutableRawBufferPointer) {
        self.room = room
        switch format {
        case .json: isJSON = true
        case .logfmt: isJSON = false
        }
        if isJSON { put(UInt8(ascii: "{")) }
    }

    /// Ends the line; its length, or nil where the room was too small.
    mutating func end() -> Int? {
        if isJSON { put(UInt8(ascii: "}")) }
        put(UInt8(ascii: "\n"))
        return isOver ? nil : length
    }

    /// A point on the calendar: RFC 3339 in UTC with milliseconds.
    mutating func time(_ name: StaticString, nanosecondsSince1970 nanoseconds: Int64) {
        begin(name)
        quote()
        let (days, rest) = Self.divide(nanoseconds, by: 86_400_000_000_000)
        let date = CivilDate(daysSince1970: days)
        let seconds = rest / 1_000_000_000
        digits(UInt64(clamping: date.year), atLeast: 4)
        put(UInt8(ascii: "-"))
        digits(UInt64(clamping: date.month), atLeast: 2)
        put(UInt8(ascii: "-"))
        digits(UInt64(clamping: date.day), atLeast: 2)
        put(UInt8(ascii: "T"))
        digits(UInt64(clamping: seconds / 3_600), atLeast: 2)
        put(UInt8(ascii: ":"))
        digits(UInt64(clamping: seconds / 60 % 60), atLeast: 2)
        put(UInt8(ascii: ":"))
        digits(UInt64(clamping: seconds % 60), atLeast: 2)
        put(UInt8(ascii: "."))
        digits(UInt64(clamping: rest % 1_000_000_000 / 1_000_000), atLeast: 3)
        put(UInt8(ascii: "Z"))
        quote()
    }

    /// A number.
    mutating func number(_ name: StaticString, _ value: UInt64) {
        begin(name)
        digits(value, atLeast: 1)
    }

    /// Seconds with six decimals.
    mutating func seconds(_ name: StaticString, nanoseconds: Int64) {
        begin(name)
        let value = UInt64(max(nanoseconds, 0))
        digits(value / 1_000_000_000, atLeast: 1)
        put(UInt8(ascii: "."))
        digits(value % 1_000_000_000 / 1_000, atLeast: 6)
    }

    /// A word or sentence of Hale's own.
    mutating func text(_ name: StaticString, _ value: StaticString) {
        text(name, UnsafeRawBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    }

    /// Any bytes; `isCut` has three dots follow them.
    mutating func text(_ name: StaticString, _ value: UnsafeRawBufferPointer, isCut: Bool = false) {
        begin(name)
        let isQuoted = isJSON || value.isEmpty || value.contains(where: Self.needsQuotes)
        if isQuoted { put(UInt8(ascii: "\"")) }
        if value.allSatisfy(Self.isPlain) { copy(value) } else { for byte in value { encode(byte) } }
        if isCut { for _ in 0..<3 { put(UInt8(ascii: ".")) } }
        if isQuoted { put(UInt8(ascii: "\"")) }
    }

    private static func needsQuotes(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "=") || byte == UInt8(ascii: "\"")
            || byte == UInt8(ascii: "\\")
    }

    private mutating func encode(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            put(UInt8(ascii: "\\"))
            put(byte)
        case 0x20...0x7E:
            put(byte)
        case _:
            put(UInt8(ascii: "%"))
            put(Self.hexadecimal(byte >> 4))
            put(Self.hexadecimal(byte & 15))
        }
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10
    }

    private mutating func begin(_ name: StaticString) {
        if !isFirst { put(isJSON ? UInt8(ascii: ",") : UInt8(ascii: " ")) }
        isFirst = false
        quote()
        copy(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        quote()
        put(isJSON ? UInt8(ascii: ":") : UInt8(ascii: "="))
    }

    private mutating func quote() {
        if isJSON { put(UInt8(ascii: "\"")) }
    }

    private mutating func digits(_ value: UInt64, atLeast width: Int) {
        var count = 1
        var rest = value / 10
        while rest > 0 || count < width {
            rest /= 10
            count += 1
        }
        guard length + count <= room.count else {
            isOver = true
            return
        }
        rest = value
        for place in stride(from: length + count - 1, through: length, by: -1) {
            room[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        length += count
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        guard length + bytes.count <= room.count, let target = room.baseAddress, let source = bytes.baseAddress else {
            isOver = isOver || !bytes.isEmpty
            return
        }
        (target + length).copyMemory(from: source, byteCount: bytes.count)
        length += bytes.count
    }

    private mutating func put(_ byte: UInt8) {
        guard length < room.count else {
            isOver = true
            return
        }
        room[length] = byte
        length += 1
    }

    private static func divide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
