internal import Control
internal import Stack

/// `hale breakers`.
struct BreakersCommand: Command {
    private enum Format: String, CaseIterable { case table, json }

    private static let format = Option.value(
        "format", of: "FORMAT", help: "table (default) or json: what GET /v1/breakers of the API answers",
        choices: Format.self)

    static let manual = Manual(
        verb: "breakers", operands: "[SERVICE]", operandCount: 0...1,
        summary: "List the circuit breakers: where calls are kept away, and why",
        details: """
            Each port of each instance that clients reach through Hale has one. It opens where calls fail, lets a few
            through on trial after a while, and closes once those go well. In place of a service, an instance may be named.
            """,
        options: [format],
        examples: [
            .init(line: "hale breakers", meaning: "every breaker with what it has seen"),
            .init(line: "hale breakers web --format json", meaning: "those of web, for a script"),
        ], exitCodes: [.backend])

    private let name: String?
    private let format: Format

    init(_ arguments: ParsedArguments) throws(UsageError) {
        name = arguments.operands.first
        format = try arguments.choice(Self.format, Format.self) ?? .table
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        if let name { try BreakerChoice.check([name], in: connection.status()) }
        switch format {
        case .json:
            let text = try connection.breakersText(of: name)
            try session.console.print(text.hasSuffix("\n") ? text : text + "\n")
        case .table:
            let breakers = try connection.breakers(of: name)
            if breakers.isEmpty { session.console.note("hale: there are no breakers") }
            try session.console.print(BreakerTable.text(breakers, style: session.console.outputStyle))
        }
        return .success
    }
}
