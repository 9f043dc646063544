internal import Control

/// `hale release`.
struct ReleaseCommand: Command {
    static let manual = Manual(
        verb: "release", operands: "[SERVICE…]", operandCount: Manual.services,
        summary: "End the quarantine of services, or leave all containers to their engine",
        details: """
            With services, ends their quarantine now; it also ends by itself, after x-hale.restart.release.

            Without, gives a stack of containers back to its engine: they run on as they are, with the restart policies that
            the file gives them or that they had before Hale took them over, and Hale ends. Ports of the host that its
            gateway held are nobody's then; 'docker compose up' makes containers that have them.
            """,
        examples: [
            .init(line: "hale release web", meaning: "try web again, after it was repaired"),
            .init(line: "hale release", meaning: "go back to docker compose, with everything running"),
        ],
        exitCodes: [.backend, .interrupted])

    private let services: [String]

    init(_ arguments: ParsedArguments) throws(UsageError) {
        services = arguments.operands
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        guard !services.isEmpty else { return try releaseStack(connection, session) }
        let known = try connection.status().services.keys
        for name in try ServiceChoice.names(services, among: Array(known)) {
            try connection.perform(.service(name, .releaseQuarantine))
            try session.console.print("\(name) is released\n")
        }
        return .success
    }

    private func releaseStack(_ connection: HaleConnection, _ session: Session) throws -> ExitCode {
        guard connection.saved()?.stack.containers != nil else {
            throw CommandFailure(
                "only a stack of containers can be left to its engine; name the services whose quarantine is to end, or "
                    + "take the stack down by 'hale down'")
        }
        _ = try connection.status()
        try connection.perform(.releaseStack)
        var interrupts = Interrupts()
        while connection.keeperPid != nil {
            if interrupts.pause(.milliseconds(50)) { return .interrupted }
        }
        try session.console.print("\(connection.locations.project) is left to its engine\n")
        return .success
    }
}
