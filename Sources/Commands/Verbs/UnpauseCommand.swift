internal import Control

/// `hale unpause`.
struct UnpauseCommand: Command {
    static let manual = Manual(
        verb: "unpause", operands: "[SERVICE…]", operandCount: Manual.services,
        summary: "Let paused services go on, or have Hale act again",
        details: """
            Without a service it ends a pause of Hale itself ('hale pause --for'); where there is none, all services
            that are paused go on.
            """,
        examples: [
            .init(line: "hale unpause worker", meaning: "worker goes on where it was frozen"),
            .init(line: "hale unpause", meaning: "Hale acts again"),
        ],
        exitCodes: [.backend, .interrupted])

    private let services: [String]

    init(_ arguments: ParsedArguments) throws(UsageError) {
        services = arguments.operands
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        if services.isEmpty, try connection.status().pause != nil {
            try connection.perform(.pauseHealing(seconds: 0))
            try session.console.print("Hale acts again\n")
            return .success
        }
        return try ServiceOperation(action: .unpause) { _, now in now.state != .paused }.run(services, in: session)
    }
}
