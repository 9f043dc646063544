internal import Control

/// `hale stop`.
struct StopCommand: Command {
    private static let timeout = Option.value(
        "timeout", "t", of: "SECONDS", help: "grace instead of each service's stop_grace_period")

    static let manual = Manual(
        verb: "stop", operands: "[SERVICE…]", operandCount: Manual.services,
        summary: "Stop services and keep them stopped",
        details: "They stay stopped until 'hale start' or 'hale up', also across restarts of Hale and of the host.",
        options: [timeout],
        examples: [.init(line: "hale stop -t 30 web", meaning: "stop web, with half a minute to end by itself")],
        exitCodes: [.backend, .interrupted])

    private let services: [String]
    private let grace: Double?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        services = arguments.operands
        grace = try arguments.duration(Self.timeout)?.seconds
    }

    func run(in session: Session) throws -> ExitCode {
        try ServiceOperation(action: .stop(graceSeconds: grace), order: .dependentsFirst) { _, now in
            switch now.state {
            case .stopped, .completed: true
            case .pending, .waiting, .starting, .running, .backoff, .stopping, .paused, .failed, .quarantined: false
            }
        }.run(services, in: session)
    }
}
