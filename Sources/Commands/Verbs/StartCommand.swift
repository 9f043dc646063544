internal import Control

/// `hale start`.
struct StartCommand: Command {
    static let manual = Manual(
        verb: "start", operands: "[SERVICE…]", operandCount: Manual.services,
        summary: "Run services that were stopped or have failed",
        details: "Runs what they need, too. Returns once they were started.",
        examples: [.init(line: "hale start web", meaning: "run web again")], exitCodes: [.backend, .interrupted])

    private let services: [String]

    init(_ arguments: ParsedArguments) throws(UsageError) {
        services = arguments.operands
    }

    func run(in session: Session) throws -> ExitCode {
        try ServiceOperation(action: .start) { _, now in
            switch now.state {
            case .running, .completed, .paused: true
            case .starting: now.pid != nil
            case .pending, .waiting, .backoff, .stopping, .stopped, .failed, .quarantined: false
            }
        }.run(services, in: session)
    }
}
