/// Percent-encoding of one part of a path or a query (RFC 3986, section 2.1).
enum PercentEncoding {
    /// The text that `part` of a path stands for; nil for a bad sequence, for control characters and for what is not
    /// UTF-8.
    static func decode(_ part: some StringProtocol) -> String? {
        guard let text = decodeAny(part), text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        return text
    }

    /// The text that `part` of a query stands for; nil for a bad sequence and for what is not UTF-8.
    static func decodeAny(_ part: some StringProtocol) -> String? {
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

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
