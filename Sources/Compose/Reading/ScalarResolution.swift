/// What a plain YAML scalar stands for, by the core schema of YAML 1.2 and the additions that Compose's own parser
/// keeps from YAML 1.1: octal numbers with a leading zero, binary ones and underscores between digits.
enum ScalarResolution {
    static func resolve(_ text: String) -> Node.Content {
        guard let first = text.utf8.first else { return .null }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            return number(text) ?? .string(text)
        default:
            return word(text)
        }
    }

    private static func word(_ text: String) -> Node.Content {
        switch text {
        case "~", "null", "Null", "NULL": .null
        case "true", "True", "TRUE": .bool(true)
        case "false", "False", "FALSE": .bool(false)
        default: .string(text)
        }
    }

    private static func number(_ text: String) -> Node.Content? {
        switch text {
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .double(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .double(-.infinity)
        case ".nan", ".NaN", ".NAN": return .double(.nan)
        default: break
        }
        let plain = text.filter { $0 != "_" }
        if let whole = integer(plain) { return .integer(whole) }
        // Past what a signed number holds every digit is kept as text: it may be a token.
        if UInt64(plain) != nil { return .string(plain) }
        return isDecimal(plain) ? Double(plain).map(Node.Content.double) : nil
    }

    private static func integer(_ text: String) -> Int64? {
        var digits = Substring(text)
        let isNegative = digits.first == "-"
        if isNegative || digits.first == "+" { digits.removeFirst() }
        let (radix, body): (Int, Substring) =
            switch digits.prefix(2).lowercased() {
            case "0x": (16, digits.dropFirst(2))
            case "0o": (8, digits.dropFirst(2))
            case "0b": (2, digits.dropFirst(2))
            default: digits.count > 1 && digits.first == "0" ? (8, digits.dropFirst()) : (10, digits)
            }
        guard let first = body.first, first != "+", first != "-" else { return nil }
        return Int64((isNegative ? "-" : "") + body, radix: radix)
    }

    /// `1.5`, `.5`, `5.`, `1e3`.
    private static func isDecimal(_ text: String) -> Bool {
        var rest = Substring(text)
        if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
        let whole = takeDigits(&rest)
        var fraction = 0
        if rest.first == "." {
            rest.removeFirst()
            fraction = takeDigits(&rest)
        }
        guard whole + fraction > 0 else { return false }
        if rest.first == "e" || rest.first == "E" {
            rest.removeFirst()
            if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
            guard takeDigits(&rest) > 0 else { return false }
        }
        return rest.isEmpty
    }

    private static func takeDigits(_ text: inout Substring) -> Int {
        let digits = text.prefix { ("0"..."9").contains($0) }
        text = text.dropFirst(digits.count)
        return digits.count
    }
}
