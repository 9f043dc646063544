/// Reads `.env` and `env_file` files by Compose's rules: `KEY=value`, `KEY: value` and bare `KEY`; `export` before
/// it; values plain (up to ` #`), in single quotes (as they are) or in double quotes (with escapes); variables filled
/// into all but those in single quotes; quoted values may span lines.
struct EnvironmentFile {
    /// The line and what is wrong with it.
    struct Failure: Error, Sendable {
        var line: Int
        var message: String
    }

    /// The variables read so far, those that were given at the start included.
    private(set) var variables: [String: String]
    private let lookUp: (String) -> String?
    private var rest: Substring.UnicodeScalarView
    private var line = 1

    /// Reads `bytes`. A variable's own value is looked up with `lookUp` first and among `variables` then.
    static func read(
        _ bytes: [UInt8], into variables: inout [String: String], lookUp: @escaping (String) -> String?
    ) throws(Failure) {
        var text = Substring(String(decoding: bytes, as: UTF8.self))
        if text.unicodeScalars.first == "\u{FEFF}" { text = Substring(text.unicodeScalars.dropFirst()) }
        var file = EnvironmentFile(variables: variables, lookUp: lookUp, rest: text.unicodeScalars)
        defer { variables = file.variables }
        while file.skipToStatement() { try file.statement() }
    }

    private init(variables: [String: String], lookUp: @escaping (String) -> String?, rest: Substring.UnicodeScalarView)
    {
        self.variables = variables
        self.lookUp = lookUp
        self.rest = rest
    }

    /// Skips blank lines and comments; false at the end.
    private mutating func skipToStatement() -> Bool {
        while true {
            while let first = rest.first, first.properties.isWhitespace { advance() }
            guard let first = rest.first else { return false }
            if first != "#" { return true }
            while let next = rest.first, next != "\n" { advance() }
        }
    }

    private mutating func advance() {
        if rest.popFirst() == "\n" { line += 1 }
    }

    private mutating func statement() throws(Failure) {
        if String(rest.prefix(6)) == "export", let after = rest.dropFirst(6).first, after.properties.isWhitespace {
            for _ in 0..<6 { advance() }
            skipBlanks()
        }
        let start = line
        var key = String.UnicodeScalarView()
        var separator: Unicode.Scalar?
        while let next = rest.first {
            if Self.isBlank(next) {
                key.append(next)
                advance()
                continue
            }
            if next == "=" || next == ":" || next == "\n" {
                separator = next
                advance()
                break
            }
            guard Self.isInName(next) else {
                throw Failure(line: start, message: "unexpected character \"\(next)\" in a variable name")
            }
            key.append(next)
            advance()
        }
        if separator == nil, key.isEmpty {
            throw Failure(line: start, message: "there is no variable name after export")
        }
        while let last = key.last, last.properties.isWhitespace { key.removeLast() }
        skipBlanks()
        let name = String(key)
        if name.contains(" ") { throw Failure(line: start, message: "a variable name cannot contain a space") }
        if separator == nil || separator == "\n" {
            if let inherited = lookUp(name) { variables[name] = inherited }
        } else {
            try value(of: name, at: start)
        }
    }

    private mutating func skipBlanks() {
        while let next = rest.first, Self.isBlank(next) { advance() }
    }

    private mutating func value(of name: String, at start: Int) throws(Failure) {
        switch rest.first {
        case "'"?: variables[name] = try quoted("'", at: start)
        case "\""?: variables[name] = try fill(Self.expandEscapes(try quoted("\"", at: start)), at: start)
        default: variables[name] = try fill(plain(), at: start)
        }
    }

    private mutating func plain() -> String {
        var text = String.UnicodeScalarView()
        var isComment = false
        while let next = rest.first {
            advance()
            if next == "\n" { break }
            if next == "#", text.last == " " { isComment = true }
            if !isComment { text.append(next) }
        }
        while let last = text.last, last.properties.isWhitespace { text.removeLast() }
        return String(text)
    }

    /// What is between quotes; only the quote itself is unescaped here.
    private mutating func quoted(_ quote: Unicode.Scalar, at start: Int) throws(Failure) -> String {
        var text = String.UnicodeScalarView()
        var isEscaped = false
        advance()
        while let next = rest.first {
            advance()
            if next == quote, !isEscaped { return String(text) }
            if next == "\\", !isEscaped {
                isEscaped = true
                continue
            }
            if isEscaped, next != quote { text.append("\\") }
            isEscaped = false
            text.append(next)
        }
        throw Failure(line: start, message: "the quote of this value is not closed")
    }

    private func fill(_ text: String, at line: Int) throws(Failure) -> String {
        let variables = self.variables
        let lookUp = self.lookUp
        var template = Template { lookUp($0) ?? variables[$0] }
        do {
            return try template.fill(text)
        } catch {
            throw Failure(line: line, message: error.description)
        }
    }

    private static func expandEscapes(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let next = rest.popFirst() {
            guard next == "\\", let code = rest.first else {
                result.append(next)
                continue
            }
            switch code {
            case "a": result.append("\u{07}")
            case "b": result.append("\u{08}")
            case "f": result.append("\u{0C}")
            case "n": result.append("\n")
            case "r": result.append("\r")
            case "t": result.append("\t")
            case "v": result.append("\u{0B}")
            case "\\": result.append("\\")
            case "\"": result.append("\"")
            // Two signs, because variables are filled in afterwards.
            case "$": result.append(contentsOf: "$$".unicodeScalars)
            case "0":
                let digits = rest.dropFirst().prefix(3).prefix { ("0"..."9").contains($0) }
                if digits.count == 3, let value = UInt8(String(digits), radix: 8) {
                    result.append(Unicode.Scalar(value))
                } else {
                    result.append("\\")
                    result.append(contentsOf: digits)
                }
                rest = rest.dropFirst(digits.count)
            default:
                result.append("\\")
                continue
            }
            rest = rest.dropFirst()
        }
        return String(result)
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\t", "\u{0B}", "\u{0C}", "\r", " ", "\u{85}", "\u{A0}": true
        default: false
        }
    }

    private static func isInName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "_", ".", "-", "[", "]": true
        default: scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        }
    }
}
