internal import Control

/// `hale unpause`.
struct UnpauseCommand: Command {
    static let manual = Manual(
        verb: "unpause", operands: "[SERVICE…]", operandCount: Manual.services,
        summary: "Let paused services go on",
        examples: [.init(line: "hale unpause worker", meaning: "worker goes on where it was frozen")],
        exitCodes: [.backend, .interrupted])

    private let services: [String]

    init(_ arguments: ParsedArguments) throws(UsageError) {
        services = arguments.operands
    }

    func run(in session: Session) throws -> ExitCode {
        try ServiceOperation(action: .unpause) { _, now in now.state != .paused }.run(services, in: session)
    }
}
