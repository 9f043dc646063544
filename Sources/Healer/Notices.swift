/// Sentences a person should read, each once, the newest last and never more than a screenful.
struct Notices {
    private static let limit = 20

    private(set) var sentences: [String] = []

    /// True where the sentence is new.
    mutating func add(_ sentence: String) -> Bool {
        guard !sentences.contains(sentence) else { return false }
        sentences.append(sentence)
        if sentences.count > Self.limit { sentences.removeFirst() }
        return true
    }

    /// Whether there were any.
    @discardableResult
    mutating func remove(where matches: (String) -> Bool) -> Bool {
        let before = sentences.count
        sentences.removeAll(where: matches)
        return sentences.count < before
    }
}
