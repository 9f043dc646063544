internal import Control
internal import Platform
internal import Stack

/// `hale alerts`.
struct AlertsCommand: Command {
    private enum Format: String, CaseIterable { case table, json }

    private static let format = Option.value(
        "format", of: "FORMAT", help: "table (default) or json: what GET /v1/alerts of the API answers",
        choices: Format.self)

    static let manual = Manual(
        verb: "alerts", summary: "List the alerts that go on, and how their channels are",
        details: """
            Who is told of what is in x-hale.alerts. An alert has the number of its incident: 'hale incidents show ID' says
            what happened, 'hale alert ack ID' that somebody looks after it.
            """,
        options: [format],
        examples: [
            .init(line: "hale alerts", meaning: "alerts, and channels with what waits for them"),
            .init(line: "hale alerts --format json", meaning: "the same for programs"),
        ], exitCodes: [.backend])

    private let format: Format

    init(_ arguments: ParsedArguments) throws(UsageError) {
        format = try arguments.choice(Self.format, Format.self) ?? .table
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        guard format == .table else {
            try session.console.print(try connection.alertsText())
            return .success
        }
        let overview = try connection.alerts()
        guard !overview.channels.isEmpty else {
            session.console.note("hale: the stack has no alert channels; x-hale.alerts.channels is where they go")
            return .success
        }
        let style = session.console.outputStyle
        let alerts =
            overview.alerts.isEmpty
            ? "no alert goes on\n" : AlertTable.alerts(overview.alerts, now: Calendar.now()).rendered(style)
        try session.console.print(alerts + "\n" + AlertTable.channels(overview.channels).rendered(style))
        return .success
    }
}
