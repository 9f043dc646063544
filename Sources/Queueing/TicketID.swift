/// The name of a ticket: 128 random bits, which nobody can guess.
public struct TicketID: Hashable, Sendable, Comparable, CustomStringConvertible {
    private static let digits = 32

    private let high: UInt64
    private let low: UInt64

    /// A new name.
    public init() {
        var generator = SystemRandomNumberGenerator()
        high = generator.next()
        low = generator.next()
    }

    /// The name that 32 hexadecimal digits in lower case are; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.digits, let high = Self.value(text.utf8.prefix(16)),
            let low = Self.value(text.utf8.suffix(16))
        else { return nil }
        self.high = high
        self.low = low
    }

    private static func value(_ digits: some Sequence<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            case _: return nil
            }
        }
        return value
    }

    /// 32 hexadecimal digits in lower case.
    public var description: String { high.sixteenDigits + low.sixteenDigits }

    /// Any order, the same each time.
    public static func < (left: TicketID, right: TicketID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension UInt64 {
    /// 16 hexadecimal digits in lower case.
    var sixteenDigits: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension TicketID: Codable {
    /// Reads the digits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = TicketID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no ticket's name")
        }
        self = id
    }

    /// Writes the digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
