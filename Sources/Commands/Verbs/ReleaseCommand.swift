internal import Control

/// `hale release`.
struct ReleaseCommand: Command {
    static let manual = Manual(
        verb: "release", operands: "SERVICE…", operandCount: 1...Int.max,
        summary: "End the quarantine of services now",
        details: "A quarantine also ends by itself, after x-hale.restart.release.",
        examples: [.init(line: "hale release web", meaning: "try web again, after it was repaired")],
        exitCodes: [.backend])

    private let services: [String]

    init(_ arguments: ParsedArguments) throws(UsageError) {
        services = arguments.operands
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        let known = try connection.status().services.keys
        for name in try ServiceChoice.names(services, among: Array(known)) {
            try connection.perform(.service(name, .releaseQuarantine))
            try session.console.print("\(name) is released\n")
        }
        return .success
    }
}
