/// What a `.dockerignore` file keeps out of a build. The last line that matches a path, or a folder above it, has the say.
///
/// - Source: Docker's documentation of `.dockerignore`.
struct IgnoreFile {
    private struct Rule {
        let pattern: IgnorePattern
        let isException: Bool
    }

    /// What is known of a path, for those below it.
    struct Verdict {
        fileprivate var matches: [Bool]
        /// Whether it is kept out.
        private(set) var isIgnored: Bool

        fileprivate init(matches: [Bool], isIgnored: Bool) {
            self.matches = matches
            self.isIgnored = isIgnored
        }
    }

    private var rules: [Rule] = []

    /// Keeps nothing out.
    init() {}

    /// What the text says; `path` is for messages.
    init(_ text: String, path: String) throws(EngineError) {
        let text = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
        // A carriage return and a newline are one character to Swift, and both of them end lines.
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            guard !line.hasPrefix("#") else { continue }
            var words = Self.trimmed(line)
            guard !words.isEmpty else { continue }
            let isException = words.hasPrefix("!")
            if isException { words = Self.trimmed(words.dropFirst()) }
            guard !words.isEmpty, let pattern = IgnorePattern(String(words)) else {
                throw .prevented("\(path):\(index + 1): '\(line)' is no pattern; see Docker's page on .dockerignore")
            }
            rules.append(Rule(pattern: pattern, isException: isException))
        }
    }

    /// Lets a path in, whatever was said before.
    mutating func except(_ path: String) {
        rules.append(Rule(pattern: IgnorePattern(exactly: path), isException: true))
    }

    /// What it says of a path in a folder of which it said `parent`; nil is the context itself.
    func verdict(on path: String, below parent: Verdict? = nil) -> Verdict {
        var matches = parent?.matches ?? [Bool](repeating: false, count: rules.count)
        var isIgnored = false
        for (index, rule) in rules.enumerated() {
            guard matches[index] || rule.pattern.matches(path) else { continue }
            matches[index] = true
            isIgnored = !rule.isException
        }
        return Verdict(matches: matches, isIgnored: isIgnored)
    }

    /// Whether an exception may let something in that is in this folder.
    func mayLetIn(below folder: String) -> Bool {
        rules.contains { $0.isException && $0.pattern.mayMatch(below: folder) }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
