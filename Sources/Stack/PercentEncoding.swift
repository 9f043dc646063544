/// Percent-encoding of one part of a path or a query (RFC 3986, section 2.1).
public enum PercentEncoding {
    /// The text that `part` of a path stands for; nil for a bad sequence, for control characters and for what is not
    /// UTF-8.
    public static func decode(_ part: some StringProtocol) -> String? {
        guard let text = decodeAny(part), text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        return text
    }

    /// The text that `part` of a query stands for; nil for a bad sequence and for what is not UTF-8.
    public static func decodeAny(_ part: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = Substring(part).utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexadecimal), let low = rest.popFirst().flatMap(hexadecimal)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The text with everything encoded but what is never special (RFC 3986, section 2.3).
    public static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = UnicodeScalar(byte)
            let isPlain =
                scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789-._~".unicodeScalars.contains(scalar))
            guard !isPlain else { return String(scalar) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (byte < 16 ? "0" : "") + digits
        }.joined()
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
