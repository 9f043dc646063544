/// What is wrong at one place of a file.
public struct Diagnostic: Sendable, Equatable, CustomStringConvertible {
    /// The file's path.
    public var file: String
    /// Counted from 1.
    public var line: Int
    /// Counted from 1, in characters.
    public var column: Int
    /// What is wrong and what was expected.
    public var message: String
    /// What could be done about it, such as the nearest valid key.
    public var hint: String?

    /// A diagnostic for that place.
    public init(file: String, line: Int, column: Int, message: String, hint: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.hint = hint
    }

    /// `file:line:column: message (hint)`
    public var description: String {
        "\(file):\(line):\(column): \(message)" + (hint.map { " (\($0))" } ?? "")
    }
}

/// A Compose project that cannot be used, and all that is known of why.
public struct ComposeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// At least one, in the order in which they were found.
    public var diagnostics: [Diagnostic]

    /// An error that says `diagnostics`.
    public init(diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics
    }

    /// One diagnostic a line.
    public var description: String {
        diagnostics.map(\.description).joined(separator: "\n")
    }
}
