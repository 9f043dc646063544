import Foundation

/// Random JSON objects as any program might write them: with blanks anywhere, members in any order, and texts that hold
/// quotes, escapes and what looks like another member.
struct JSONTexts {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }

    /// An object with `models` members of the name `model`, each a text, and others.
    mutating func object(models: Int) -> String {
        var members = (0..<below(6)).map { _ in (text(), value(depth: 1)) }
        members = members.filter { $0.0 != modelName && decoded($0.0) != "model" }
        for _ in 0..<models { members.insert((name(), text()), at: below(members.count + 1)) }
        return blank() + "{" + blank() + join(members.map { $0 + blank() + ":" + blank() + $1 }) + "}" + blank()
    }

    private let modelName = "\"model\""

    /// `model`, as it may be written.
    private mutating func name() -> String {
        let letters = "model".map { letter in
            below(4) == 0 ? String(format: "\\u%04x", letter.asciiValue ?? 0) : String(letter)
        }
        return "\"" + letters.joined() + "\""
    }

    private func decoded(_ text: String) -> String? {
        try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed) as? String
    }

    private mutating func join(_ parts: [String]) -> String {
        parts.map { $0 + blank() }.joined(separator: "," + blank())
    }

    private mutating func blank() -> String {
        ["", "", "", " ", "\n", "\t ", "\r\n"][below(7)]
    }

    private mutating func value(depth: Int) -> String {
        switch below(depth > 4 ? 4 : 7) {
        case 0: return text()
        case 1: return ["0", "-1", "12.5", "1e9", "-0.5E-3", "98765432101"][below(6)]
        case 2: return ["true", "false", "null"][below(3)]
        case 3: return ["{}", "[]", "[ ]", "{\n}"][below(4)]
        case 4: return "[" + blank() + join((0..<below(4)).map { _ in value(depth: depth + 1) }) + "]"
        case _:
            let members = (0..<below(4)).map { index in
                (below(2) == 0 ? name() : "\"m\(index)\"") + blank() + ":" + blank() + value(depth: depth + 1)
            }
            return "{" + blank() + join(members) + "}"
        }
    }

    private mutating func text() -> String {
        let pieces = [
            "model", "a", "ü", "😀", "\\\"", "\\\\", "\\/", "\\n", "\\u0041", "\\ud83d\\ude00", "{", "}", "[", ",", ":",
            "\\\"model\\\":\\\"x\\\"", " ", "\\\\\\\"",
        ]
        return "\"" + (0..<below(6)).map { _ in pieces[below(pieces.count)] }.joined() + "\""
    }
}
