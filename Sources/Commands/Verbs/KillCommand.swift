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
        let status = try connection.status()
        let names = try ServiceChoice.names(services, among: Array(status.services.keys))
        let live = names.filter { status.services[$0]?.instances.contains { $0.pid != nil } == true }
        let ended = services.isEmpty ? [] : names.filter { !live.contains($0) }
        for name in ended {
            session.console.note("hale: '\(name)' has no process to send \(SignalNames.name(number)) to")
        }
        for name in live {
            try connection.perform(.service(name, .kill(signal: number)))
            try session.console.print("sent \(SignalNames.name(number)) to \(name)\n")
        }
        return ended.isEmpty ? .success : .failure
    }
}
