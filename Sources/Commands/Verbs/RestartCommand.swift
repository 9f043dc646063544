internal import Control

/// `hale restart`.
struct RestartCommand: Command {
    private static let timeout = Option.value(
        "timeout", "t", of: "SECONDS", help: "grace instead of each service's stop_grace_period")

    static let manual = Manual(
        verb: "restart", operands: "[SERVICE…]", operandCount: Manual.services,
        summary: "Stop services and start them again", details: "Returns once they were started.",
        options: [timeout],
        examples: [.init(line: "hale restart web", meaning: "a new process for each instance of web")],
        exitCodes: [.backend, .interrupted])

    private let services: [String]
    private let grace: Double?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        services = arguments.operands
        grace = try arguments.duration(Self.timeout)?.seconds
    }

    func run(in session: Session) throws -> ExitCode {
        try ServiceOperation(action: .restart(graceSeconds: grace)) { before, now in
            switch now.state {
            case .running: now.startedAt != before?.startedAt
            case .starting: now.pid != nil && now.startedAt != before?.startedAt
            case .completed: now.since != before?.since
            case .pending, .waiting, .backoff, .stopping, .stopped, .paused, .failed, .quarantined: false
            }
        }.run(services, in: session)
    }
}
