internal import Control
internal import Platform
internal import Stack

/// `hale status`.
struct StatusCommand: Command {
    private enum Format: String, CaseIterable { case table, json }

    private static let format = Option.value(
        "format", of: "FORMAT", help: "table (default) or json: what GET /status of the API answers",
        choices: Format.self)

    static let manual = Manual(
        verb: "status", summary: "Say how well the stack is, and why",
        details: "The exit code is 0 only where everything is healthy; 1 stands for degraded or down.",
        options: [format],
        examples: [
            .init(line: "hale status", meaning: "every service with what it waits on or what went wrong last"),
            .init(line: "hale status --format json", meaning: "the same for a script"),
        ], exitCodes: [.notRunning, .unknown])

    private let format: Format

    init(_ arguments: ParsedArguments) throws(UsageError) {
        format = try arguments.choice(Self.format, Format.self) ?? .table
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        do throws(ControlClientError) {
            guard let status = try connection.statusIfRunning() else {
                session.console.note("hale: \(connection.notRunningSentence)")
                return .notRunning
            }
            return try show(status, connection, session.console)
        } catch {
            session.console.note("hale: \(error)")
            return .unknown
        }
    }

    private func show(
        _ status: StackStatus, _ connection: HaleConnection, _ console: Console
    ) throws(ControlClientError) -> ExitCode {
        let text =
            switch format {
            case .json: try connection.statusText()
            case .table:
                StatusText.text(
                    status, now: CalendarTime(nanoseconds: Calendar.now()), style: console.outputStyle)
            }
        do {
            try console.print(text.hasSuffix("\n") ? text : text + "\n")
        } catch {
            return .brokenPipe
        }
        return status.status == .healthy ? .success : .failure
    }
}
