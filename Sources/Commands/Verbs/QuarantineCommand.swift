internal import Control

/// `hale quarantine`.
struct QuarantineCommand: Command {
    static let manual = Manual(
        verb: "quarantine", operands: "release SERVICE…", operandCount: 2...Int.max,
        summary: "End the quarantine of services, as 'release' does",
        details: "A quarantine also ends by itself, after x-hale.restart.release.",
        examples: [.init(line: "hale quarantine release web", meaning: "the same as 'hale release web'")],
        exitCodes: [.backend])

    private let release: ReleaseCommand

    init(_ arguments: ParsedArguments) throws(UsageError) {
        guard arguments.operands.first == "release" else {
            throw UsageError(
                "'quarantine' does not know '\(arguments.operands.first ?? "")'", suggestion: "release")
        }
        var rest = arguments
        rest.operands.removeFirst()
        release = try ReleaseCommand(rest)
    }

    func run(in session: Session) throws -> ExitCode {
        try release.run(in: session)
    }
}
