internal import Control

/// `hale pause`.
struct PauseCommand: Command {
    static let manual = Manual(
        verb: "pause", operands: "[SERVICE…]", operandCount: Manual.services,
        summary: "Freeze the processes of services", details: "Paused is not failed: nothing is restarted for it.",
        examples: [.init(line: "hale pause worker", meaning: "freeze worker until 'hale unpause worker'")],
        exitCodes: [.backend, .interrupted])

    private let services: [String]

    init(_ arguments: ParsedArguments) throws(UsageError) {
        services = arguments.operands
    }

    func run(in session: Session) throws -> ExitCode {
        try ServiceOperation(action: .pause) { _, now in
            switch now.state {
            case .paused, .pending, .waiting, .stopped, .completed, .failed, .quarantined, .backoff: true
            case .starting, .running, .stopping: false
            }
        }.run(services, in: session)
    }
}
