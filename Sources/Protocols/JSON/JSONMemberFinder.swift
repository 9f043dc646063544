/// Finds where the text is that a member of a JSON object has for its value (RFC 8259), in one pass over bytes that come
/// in pieces. Members of objects further down have nothing to do with it.
///
/// Nothing is allocated. A text that is not JSON, that is no object, that has the member with anything but a text, or that
/// is nested deeper than 64 levels is refused.
public struct JSONMemberFinder: Sendable {
    /// Members of the same name that are found; more are refused.
    public static let mostValues = 4
    static let mostDepth = 64

    enum State: Equatable {
        /// At the start of the object.
        case start
        /// Before a value; `canEnd` where the array may end instead.
        case value(canEnd: Bool)
        /// Before a name; `canEnd` where the object may end instead.
        case name(canEnd: Bool)
        case colon
        case text(isName: Bool)
        case escape(isName: Bool)
        case unicode(isName: Bool, digits: Int)
        case number(JSONNumber)
        /// In `true`, `false` or `null`.
        case word(JSONWord, read: Int)
        /// Behind a value.
        case behind
        /// The object has ended.
        case ended
        case refused
    }

    let member: StaticString
    var state = State.start
    /// Objects and arrays that have begun and not ended.
    var depth = 0
    /// A bit for each of them, the innermost lowest: whether it is an object.
    var objects: UInt64 = 0
    /// Bytes that came before.
    var place = 0
    /// How many bytes of `member` the name has matched so far; nil once it differs.
    var matched: Int? = 0
    /// Whether the value that follows is the member's.
    var isMember = false
    /// Where the text that is read now begins.
    var textStart = 0
    /// What the digits of an escape say.
    var escaped: UInt32 = 0
    private var found = InlineArray<4, Range<Int>>(repeating: 0..<0)
    private var count = 0

    /// Finds the values of `member`, whose name is ASCII.
    public init(member: StaticString) {
        self.member = member
    }

    /// Whether the object has ended and all was well.
    public var isWhole: Bool { state == .ended }

    /// How many values there are.
    public var valueCount: Int { count }

    /// Where the value of that number lies, with its quotes, from the first byte that was read; `number` is below
    /// `valueCount`.
    public func value(_ number: Int) -> Range<Int> {
        found.indices.contains(number) ? found[number] : 0..<0
    }

    /// Reads on; false where it is not what was looked for.
    public mutating func read(_ bytes: UnsafeRawBufferPointer) -> Bool {
        for byte in bytes {
            take(byte)
            place += 1
            if state == .refused { return false }
        }
        return true
    }

    /// Notes a text that ends at `place`.
    mutating func noteValue() {
        guard count < Self.mostValues else { return refuse() }
        found[count] = textStart..<place + 1
        count += 1
    }

    mutating func refuse() { state = .refused }
}

/// How far a number has been read (RFC 8259 section 6).
enum JSONNumber {
    case minus, zero, integer, point, fraction, exponent, exponentSign, exponentDigits

    /// Whether it may end here.
    var isWhole: Bool {
        switch self {
        case .zero, .integer, .fraction, .exponentDigits: true
        case .minus, .point, .exponent, .exponentSign: false
        }
    }

    /// The number one byte further; nil where the byte is not part of it.
    func next(_ byte: UInt8) -> JSONNumber? {
        switch (self, byte) {
        case (.minus, UInt8(ascii: "0")): .zero
        case (.minus, UInt8(ascii: "1")...UInt8(ascii: "9")): .integer
        case (.integer, UInt8(ascii: "0")...UInt8(ascii: "9")): .integer
        case (.zero, UInt8(ascii: ".")), (.integer, UInt8(ascii: ".")): .point
        case (.point, UInt8(ascii: "0")...UInt8(ascii: "9")), (.fraction, UInt8(ascii: "0")...UInt8(ascii: "9")):
            .fraction
        case (.zero, 0x45), (.zero, 0x65), (.integer, 0x45), (.integer, 0x65), (.fraction, 0x45), (.fraction, 0x65):
            .exponent
        case (.exponent, UInt8(ascii: "+")), (.exponent, UInt8(ascii: "-")): .exponentSign
        case (.exponent, UInt8(ascii: "0")...UInt8(ascii: "9")),
            (.exponentSign, UInt8(ascii: "0")...UInt8(ascii: "9")),
            (.exponentDigits, UInt8(ascii: "0")...UInt8(ascii: "9")):
            .exponentDigits
        case (_, _): nil
        }
    }
}

/// The words that are values.
enum JSONWord {
    case yes, no, nothing

    var text: StaticString {
        switch self {
        case .yes: "true"
        case .no: "false"
        case .nothing: "null"
        }
    }
}
