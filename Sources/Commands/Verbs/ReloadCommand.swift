internal import Control

/// `hale reload`.
struct ReloadCommand: Command {
    static let manual = Manual(
        verb: "reload", summary: "Read the files again and apply what changed",
        details: """
            Reads the files that the last 'hale up' read, in the same way; SIGHUP to the healer does the same. Files that
            are wrong change nothing: the last good configuration stays in force.
            """,
        examples: [.init(line: "hale reload", meaning: "after an edit of compose.yaml")], exitCodes: [.backend])

    init(_ arguments: ParsedArguments) throws(UsageError) {}

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        try session.console.print(try connection.perform(.reload) + "\n")
        return .success
    }
}
