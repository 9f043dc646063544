/// Replaces variables in text: `$NAME`, `${NAME}`, `${NAME:-word}` and its kin; `$$` is a dollar sign.
///
/// The grammar is that of Compose, in which a word may hold variables again, and ends at the brace that matches.
struct Template {
    /// Variables inside each other's words.
    static let maximumDepth = 50

    /// Why text could not be filled in.
    enum Failure: Error, Equatable, Sendable {
        case malformed(String)
        case required(name: String, reason: String)
        case tooDeep

        var description: String {
            switch self {
            case .malformed(let text):
                "invalid interpolation format: \"\(text.prefix(80))\""
            case .required(let name, let reason):
                "required variable \(name) is missing a value" + (reason.isEmpty ? "" : ": \(reason)")
            case .tooDeep: "variables are nested more than \(Template.maximumDepth) levels deep"
            }
        }

        var hint: String? {
            switch self {
            case .malformed: "write $$ for a dollar sign"
            case .required(let name, _): "set \(name) in the environment or in .env"
            case .tooDeep: nil
            }
        }
    }

    private let lookUp: (String) -> String?
    /// The variables that were asked for, had no value and no default.
    private(set) var missing: [String] = []

    init(lookUp: @escaping (String) -> String?) {
        self.lookUp = lookUp
    }

    /// `text` with its variables replaced.
    mutating func fill(_ text: String) throws(Failure) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        return String(decoding: try fill(Array(text.utf8)[...], depth: 0), as: UTF8.self)
    }

    private mutating func fill(_ text: ArraySlice<UInt8>, depth: Int) throws(Failure) -> [UInt8] {
        guard depth <= Self.maximumDepth else { throw .tooDeep }
        var result: [UInt8] = []
        var rest = text
        while let dollar = rest.firstIndex(of: UInt8(ascii: "$")) {
            result += rest[..<dollar]
            rest = rest[(dollar + 1)...]
            switch rest.first {
            case UInt8(ascii: "$"):
                result.append(UInt8(ascii: "$"))
                rest = rest.dropFirst()
            case UInt8(ascii: "{"):
                guard let braced = Braced(rest) else { throw .malformed(String(decoding: text, as: UTF8.self)) }
                result += try value(of: braced, depth: depth)
                rest = braced.rest
            default:
                let name = rest.prefix(nameLength(rest))
                if name.isEmpty {
                    result.append(UInt8(ascii: "$"))
                } else {
                    result += plainValue(String(decoding: name, as: UTF8.self)).utf8
                    rest = rest.dropFirst(name.count)
                }
            }
        }
        return result + rest
    }

    private mutating func plainValue(_ name: String) -> String {
        if let value = lookUp(name) { return value }
        missing.append(name)
        return ""
    }

    private mutating func value(of braced: Braced, depth: Int) throws(Failure) -> [UInt8] {
        let value = lookUp(braced.name)
        switch braced.form {
        case .plain: return Array(plainValue(braced.name).utf8)
        case .fallback(let emptyToo):
            if let value, !emptyToo || !value.isEmpty { return Array(value.utf8) }
            return try fill(braced.word, depth: depth + 1)
        case .alternative(let emptyToo):
            guard let value, !emptyToo || !value.isEmpty else { return Array((value ?? "").utf8) }
            return try fill(braced.word, depth: depth + 1)
        case .required(let emptyToo):
            if let value, !emptyToo || !value.isEmpty { return Array(value.utf8) }
            let reason = String(decoding: try fill(braced.word, depth: depth + 1), as: UTF8.self)
            throw .required(name: braced.name, reason: reason)
        }
    }
}

/// A variable in braces, and what comes after it.
private struct Braced {
    enum Form {
        case plain
        /// `-`, or `:-` where the empty text counts as missing too.
        case fallback(emptyToo: Bool)
        /// `+` and `:+`.
        case alternative(emptyToo: Bool)
        /// `?` and `:?`.
        case required(emptyToo: Bool)
    }

    var name: String
    var form: Form
    var word: ArraySlice<UInt8>
    var rest: ArraySlice<UInt8>

    /// Reads what follows a dollar sign, from the brace on; nil where it is malformed.
    init?(_ text: ArraySlice<UInt8>) {
        let body = text.dropFirst()
        let length = nameLength(body)
        guard length > 0 else { return nil }
        name = String(decoding: body.prefix(length), as: UTF8.self)
        var after = body.dropFirst(length)
        if after.first == UInt8(ascii: "}") {
            form = .plain
            word = []
            rest = after.dropFirst()
            return
        }
        let emptyToo = after.first == UInt8(ascii: ":")
        if emptyToo { after = after.dropFirst() }
        switch after.first {
        case UInt8(ascii: "-"): form = .fallback(emptyToo: emptyToo)
        case UInt8(ascii: "+"): form = .alternative(emptyToo: emptyToo)
        case UInt8(ascii: "?"): form = .required(emptyToo: emptyToo)
        default: return nil
        }
        after = after.dropFirst()
        guard let end = Self.end(of: text, wordStart: after.startIndex) else { return nil }
        word = after[..<end]
        rest = after[(end + 1)...]
    }

    /// Where the matching brace is. It has to be on the same line; where braces do not match, the last one of the
    /// line counts. The character after an opening brace is never looked at, which Compose files in the wild rely on.
    private static func end(of text: ArraySlice<UInt8>, wordStart: Int) -> Int? {
        var open = 0
        var last: Int?
        var skips = false
        for (index, byte) in zip(text.indices, text) {
            if byte == UInt8(ascii: "\n") { break }
            if byte == UInt8(ascii: "}"), index >= wordStart { last = index }
            if skips {
                skips = false
            } else if byte == UInt8(ascii: "}") {
                open -= 1
                if open == 0 { return index >= wordStart ? index : nil }
            } else if byte == UInt8(ascii: "{") {
                open += 1
                skips = true
            }
        }
        return last
    }
}

/// How many bytes at the start of `text` are a variable's name.
private func nameLength(_ text: ArraySlice<UInt8>) -> Int {
    func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }
    guard let first = text.first, isLetter(first) else { return 0 }
    return text.prefix { isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
}
