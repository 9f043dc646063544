/// What something waits on, as a short phrase.
enum WaitingText {
    /// `waiting on db (starting)` for "waiting for db to be healthy: db is starting: connection refused", and the like
    /// for other sentences of the engine's.
    static func phrase(_ sentence: String?) -> String {
        guard let sentence, !sentence.isEmpty else { return "waiting" }
        let parts = sentence.split(separator: ": ", omittingEmptySubsequences: false)
        if let wish = wish(parts[0]) {
            guard parts.count > 1, let state = state(parts[1], of: wish.name) else {
                return "waiting on \(wish.name)\(wish.rest.isEmpty ? "" : " (\(wish.rest))")"
            }
            return "waiting on \(wish.name) (\(state))"
        }
        let name = parts[0].prefix { $0 != " " }
        if let state = state(parts[0], of: String(name)) { return "waiting on \(name) (\(state))" }
        return sentence.hasPrefix("a ") ? "waiting on \(sentence)" : "waiting: \(sentence)"
    }

    /// Name and condition of "waiting for NAME to be healthy".
    private static func wish(_ text: Substring) -> (name: String, rest: String)? {
        let prefix = "waiting for "
        guard text.hasPrefix(prefix) else { return nil }
        let words = text.dropFirst(prefix.count).split(separator: " ", maxSplits: 1)
        guard let name = words.first, name != "a" else { return nil }
        return (String(name), words.count > 1 ? String(words[1]) : "")
    }

    /// `starting` of "NAME is starting".
    private static func state(_ text: Substring, of name: String) -> String? {
        let prefix = name + " is "
        return !name.isEmpty && text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
    }
}
