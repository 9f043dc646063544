internal import Control
internal import Runtimes

/// `hale reload`.
struct ReloadCommand: Command {
    static let manual = Manual(
        verb: "reload", summary: "Read the files again and apply what changed",
        details: """
            Reads the files that the last 'hale up' read, in the same way; SIGHUP to the keeper or the healer does the
            same. What did not change goes on as it is. Files that are wrong change nothing: the last good configuration
            stays in force.
            """,
        options: [Rehearsal.dryRun, Rehearsal.format],
        examples: [
            .init(line: "hale reload", meaning: "after an edit of compose.yaml"),
            .init(line: "hale reload --dry-run", meaning: "see first what that would do"),
        ], exitCodes: [.backend])

    private let rehearsal: Rehearsal?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        rehearsal = try Rehearsal.wanted(arguments)
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        guard let rehearsal else {
            try session.console.print(try connection.perform(.reload) + "\n")
            return .success
        }
        let status = try connection.status()
        guard let saved = connection.saved() else {
            throw CommandFailure("nothing was applied yet; run 'hale up'")
        }
        let runtime = try RuntimeChoice.present(saved.stack, scale: saved.source.scale, in: session)
        let next = try runtime.adorn(try saved.source.stack(on: runtime))
        let networks = NetworkNamespaces(connection.locations)
        try rehearsal.show(
            from: networks.found(saved.stack), to: networks.found(next), status: status,
            revives: { _ in false }, in: session.console)
        return .success
    }
}
