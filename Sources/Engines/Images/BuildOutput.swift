/// What an engine says while it builds, cut into lines.
struct BuildOutput {
    private static let longestLine = 64 << 10

    private var rest = ""
    private var step: String?
    /// The image that was made, by its digest in the engine.
    private(set) var image: String?
    /// Why none was made, with the step that failed.
    private(set) var failure: String?

    /// The lines that are whole now.
    mutating func take(_ message: StreamMessage) -> [String] {
        if let id = message.aux?.ID { image = id }
        if let failure = message.failure { self.failure = step.map { "\($0): \(failure)" } ?? failure }
        if let text = message.stream { return lines(of: text) }
        // A base image that is pulled; how many bytes it has come to is not worth a line each.
        guard let status = message.status, message.progressDetail?.total == nil else { return [] }
        return flush() + [message.id.map { "\($0): \(status)" } ?? status]
    }

    /// What is left without an end.
    mutating func flush() -> [String] {
        defer { rest = "" }
        return rest.isEmpty ? [] : [rest]
    }

    private mutating func lines(of text: String) -> [String] {
        var lines: [String] = []
        for character in text {
            if character.isNewline || rest.utf8.count > Self.longestLine {
                lines.append(rest)
                rest = ""
            }
            if !character.isNewline { rest.append(character) }
        }
        // The builder speaks of its steps in lines of their own, and then says what they print.
        for line in lines where line.hasPrefix("Step ") && line.contains(" : ") { step = line }
        // Between its steps it leaves empty lines.
        return lines.filter { !$0.isEmpty }
    }
}
