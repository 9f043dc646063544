internal import Control
internal import Platform
internal import Runtimes
internal import Stack

/// `hale connectivity`.
struct ConnectivityCommand: Command {
    private static let json = Option.flag("json", help: "as JSON, for a script")
    private static let timeout = Option.value(
        "timeout", of: "DURATION", help: "how long an endpoint may take (default: 5s)")

    static let manual = Manual(
        verb: "connectivity",
        summary: "Test that every endpoint answers, from the host and from inside each service",
        details: """
            Speaks each port's own protocol with it: HTTP, PostgreSQL, Redis, Bolt, Ollama or gRPC where the file or the
            image says so, and a TCP connection elsewhere. From the host it asks the published ports; from inside each
            service, by the names and through the network that a process has there, the ports of all services that share
            a network with it. Credentials are those of x-hale.check. The exit code is 1 where an endpoint fails; each
            one that does is listed.
            """,
        options: [json, timeout],
        examples: [
            .init(line: "hale connectivity", meaning: "every endpoint, and what is wrong with those that fail"),
            .init(line: "hale connectivity --json", meaning: "the same for a script"),
        ], exitCodes: [.backend])

    private let isJSON: Bool
    private let timeout: Duration

    init(_ arguments: ParsedArguments) throws(UsageError) {
        isJSON = arguments.isOn(Self.json)
        timeout = try arguments.duration(Self.timeout) ?? .seconds(5)
        guard timeout > .zero else { throw UsageError("--timeout is above zero") }
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        let status = try connection.status()
        guard let stack = connection.saved()?.stack else {
            throw CommandFailure("what runs cannot be read from \(connection.locations.configuration)", .backend)
        }
        let plan = ConnectivityPlan(
            stack, status, enter: Vantage.inside, fallback: Self.fallback(stack, status, connection))
        let results = try ConnectivityRun(plan.tests, timeout: timeout).results()
        let report = ConnectivityReport(results, plan.gaps, status)
        let text = isJSON ? try JSONOutput.text(report, pretty: true) + "\n" : report.text(session.console.outputStyle)
        try session.console.print(text)
        return report.ok ? .success : .failure
    }

    /// The address that a service gets told of another in its variables; with an engine, what the engine's own DNS answers.
    private static func fallback(
        _ stack: Stack, _ status: StackStatus, _ connection: HaleConnection
    ) -> (Service, String) -> String? {
        guard stack.containers == nil else {
            return { service, _ in status.services[service.name]?.instances.lazy.compactMap(\.address).first }
        }
        let book = CommandSurroundings.addresses(connection.locations)
        return { service, client in
            var book = book
            return book.address(of: service, for: client)
        }
    }
}
