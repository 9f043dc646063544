/// Writes values as YAML in the style of `docker compose config`.
enum YAMLRendering {
    static func text(_ value: ComposeValue) -> String {
        var text = ""
        write(value, to: &text, indent: 0, isAfterKey: false)
        return text
    }

    /// Writes `value` after `key:` or `-`, with everything up to the end of its last line.
    private static func write(_ value: ComposeValue, to text: inout String, indent: Int, isAfterKey: Bool) {
        switch value {
        case .null: text += " null\n"
        case .bool(let flag): text += flag ? " true\n" : " false\n"
        case .integer(let number): text += " \(number)\n"
        case .double(let number): text += " " + NumberText.shortest(number) + "\n"
        case .string(let string): write(string, to: &text, indent: indent)
        case .list(let items):
            guard !items.isEmpty else {
                text += " []\n"
                return
            }
            if isAfterKey { text += "\n" }
            writeItems(items, to: &text, indent: indent)
        case .map(let map):
            guard !map.isEmpty else {
                text += " {}\n"
                return
            }
            if isAfterKey { text += "\n" }
            writeEntries(map, to: &text, indent: indent, isFirstIndented: true)
        }
    }

    private static func writeItems(_ items: [ComposeValue], to text: inout String, indent: Int) {
        for item in items {
            text += String(repeating: " ", count: indent) + "-"
            switch item {
            case .map(let map) where !map.isEmpty:
                text += " "
                writeEntries(map, to: &text, indent: indent + 2, isFirstIndented: false)
            case .list(let inner) where !inner.isEmpty:
                text += "\n"
                writeItems(inner, to: &text, indent: indent + 2)
            case .null, .bool, .integer, .double, .string, .list, .map:
                write(item, to: &text, indent: indent + 2, isAfterKey: true)
            }
        }
    }

    private static func writeEntries(
        _ map: ComposeMap, to text: inout String, indent: Int, isFirstIndented: Bool
    ) {
        for (index, (key, value)) in map.enumerated() {
            if index > 0 || isFirstIndented { text += String(repeating: " ", count: indent) }
            text += YAMLScalar.inline(key) + ":"
            write(value, to: &text, indent: indent + 2, isAfterKey: true)
        }
    }

    private static func write(_ string: String, to text: inout String, indent: Int) {
        guard YAMLScalar.isBlock(string) else {
            text += " " + YAMLScalar.inline(string) + "\n"
            return
        }
        let body = string.hasSuffix("\n") ? String(string.dropLast()) : string
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
        let needsHint = lines.first { !$0.isEmpty }?.first == " " || lines.first?.isEmpty == true
        let ending = !string.hasSuffix("\n") ? "-" : body.hasSuffix("\n") || body.isEmpty ? "+" : ""
        text += " |" + (needsHint ? "2" : "") + ending + "\n"
        for line in lines {
            text += line.isEmpty ? "\n" : String(repeating: " ", count: indent) + line + "\n"
        }
    }
}

/// Text as a YAML scalar.
enum YAMLScalar {
    /// Whether `text` is written as lines of its own.
    static func isBlock(_ text: String) -> Bool {
        text.unicodeScalars.contains("\n") && text.unicodeScalars.allSatisfy { $0 == "\n" || isPrintable($0) }
    }

    /// `text` on one line, in quotes where it would be read as something else without.
    static func inline(_ text: String) -> String {
        if text.unicodeScalars.contains(where: { !isPrintable($0) }) { return doubleQuoted(text) }
        if meansSomethingElse(text) { return doubleQuoted(text) }
        return isPlain(text)
            ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    /// Whether a reader, an old one included, would take it for a number, a flag or nothing.
    private static func meansSomethingElse(_ text: String) -> Bool {
        if case .string = ScalarResolution.resolve(text) {
            switch text {
            case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF", "<<":
                return true
            default: return isSexagesimal(text) || isDate(text) || UInt64(text) != nil
            }
        }
        return true
    }

    /// `12:30:45`
    private static func isSexagesimal(_ text: String) -> Bool {
        text.wholeMatch(of: /[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?/) != nil
    }

    private static func isDate(_ text: String) -> Bool {
        text.wholeMatch(of: /[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?/) != nil
    }

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else { return false }
        if first == " " || last == " " || last == ":" || text.hasPrefix("---") || text.hasPrefix("...") { return false }
        switch first {
        case "#", ",", "[", "]", "{", "}", "&", "*", "!", "|", ">", "'", "\"", "%", "@", "`": return false
        case "-", "?", ":":
            guard let second = text.unicodeScalars.dropFirst().first, second != " " else { return false }
        default: break
        }
        var previous: Unicode.Scalar = "a"
        for scalar in text.unicodeScalars {
            if previous == ":", scalar == " " { return false }
            if previous == " ", scalar == "#" { return false }
            previous = scalar
        }
        return true
    }

    private static func doubleQuoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if isPrintable(scalar) {
                    result.unicodeScalars.append(scalar)
                } else {
                    let width = scalar.value < 0x100 ? 2 : scalar.value < 0x10000 ? 4 : 8
                    let digits = String(scalar.value, radix: 16, uppercase: true)
                    let letter = width == 2 ? "x" : width == 4 ? "u" : "U"
                    result += "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
                }
            }
        }
        return result + "\""
    }
}
