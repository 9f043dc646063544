internal import Control
internal import Stack

/// `hale kill`.
struct KillCommand: Command {
    private static let signal = Option.value(
        "signal", "s", of: "SIGNAL", help: "name or number; SIGKILL where none is given")

    static let manual = Manual(
        verb: "kill", operands: "[SERVICE…]", operandCount: Manual.services,
        summary: "Send services a signal",
        details: "A service that ends of it is restarted as its restart policy says; 'hale stop' keeps it stopped.",
        options: [signal],
        examples: [
            .init(line: "hale kill redis", meaning: "see how fast redis is back"),
            .init(line: "hale kill -s HUP web", meaning: "have web read its configuration again"),
        ], exitCodes: [.backend])

    private let services: [String]
    private let number: Int32

    init(_ arguments: ParsedArguments) throws(UsageError) {
        services = arguments.operands
        let name = arguments.value(Self.signal) ?? "SIGKILL"
        guard let number = SignalNames.number(name) else {
            throw UsageError("there is no signal '\(name)'; signals are named as SIGTERM or HUP, or by number")
        }
        self.number = number
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        let known = try connection.status().services.keys
        for name in try ServiceChoice.names(services, among: Array(known)) {
            try connection.perform(.service(name, .kill(signal: number)))
            try session.console.print("sent \(SignalNames.name(number)) to \(name)\n")
        }
        return .success
    }
}
