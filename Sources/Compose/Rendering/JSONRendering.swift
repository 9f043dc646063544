/// Writes values as JSON (RFC 8259).
struct JSONRendering {
    /// Whether each entry has a line of its own.
    var isIndented = true

    func text(_ value: ComposeValue) -> String {
        var text = ""
        write(value, to: &text, depth: 0)
        return text
    }

    private func write(_ value: ComposeValue, to text: inout String, depth: Int) {
        switch value {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .integer(let number): text += String(number)
        case .double(let number): text += number.isFinite ? NumberText.shortest(number) : "null"
        case .string(let string): Self.quote(string, to: &text)
        case .list(let items):
            guard !items.isEmpty else {
                text += "[]"
                return
            }
            text += "["
            for (index, item) in items.enumerated() {
                lineBreak(&text, depth + 1, isFirst: index == 0)
                write(item, to: &text, depth: depth + 1)
            }
            end("]", &text, depth)
        case .map(let map):
            guard !map.isEmpty else {
                text += "{}"
                return
            }
            text += "{"
            for (index, (key, item)) in map.enumerated() {
                lineBreak(&text, depth + 1, isFirst: index == 0)
                Self.quote(key, to: &text)
                text += isIndented ? ": " : ":"
                write(item, to: &text, depth: depth + 1)
            }
            end("}", &text, depth)
        }
    }

    private func lineBreak(_ text: inout String, _ depth: Int, isFirst: Bool) {
        if !isFirst { text += "," }
        if isIndented { text += "\n" + String(repeating: "  ", count: depth) }
    }

    private func end(_ bracket: String, _ text: inout String, _ depth: Int) {
        if isIndented { text += "\n" + String(repeating: "  ", count: depth) }
        text += bracket
    }

    private static func quote(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{00}"..."\u{1F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
