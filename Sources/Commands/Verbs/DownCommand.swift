internal import Control
internal import Platform
internal import Stack

/// `hale down`.
struct DownCommand: Command {
    private static let volumes = Option.flag("volumes", "v", help: "also remove the named volumes and what is in them")
    private static let timeout = Option.value(
        "timeout", "t", of: "SECONDS", help: "grace instead of each service's stop_grace_period")
    /// For the sake of scripts: `down` always does so.
    private static let removeOrphans = Option.flag(
        "remove-orphans", help: "also stop what the files no longer have, which is done in any case")

    static let manual = Manual(
        verb: "down", summary: "Stop the stack in reverse order, then Hale",
        details: """
            Nothing of it is left, whatever became of Hale's own processes before. Where nothing runs there is nothing
            to do.
            """,
        options: [volumes, timeout, removeOrphans],
        examples: [
            .init(line: "hale down", meaning: "stop everything; data stays"),
            .init(line: "hale down -v -t 5", meaning: "give each service five seconds, then remove its data"),
        ], exitCodes: [.backend, .interrupted])

    private let removesVolumes: Bool
    private let grace: Duration?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        removesVolumes = arguments.isOn(Self.volumes)
        grace = try arguments.duration(Self.timeout)
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        let locations = connection.locations
        let stack = connection.saved()?.stack
        let volumes = removesVolumes ? namesInFolder(locations.volumes) : []
        var interrupts = Interrupts()
        guard let tasks = TaskEnding.end(in: locations, grace: grace, &interrupts) else {
            session.console.note("hale: interrupted; what is left of the stack goes on")
            return .interrupted
        }
        for task in tasks { session.console.note("ended the task \(task)") }
        let demolition = Demolition(
            connection: connection, session: session, grace: grace, removesVolumes: removesVolumes)
        switch try demolition.run() {
        case .nothing: session.console.note("hale: nothing is running of '\(locations.project)'")
        case .done:
            try ContainerRemains.check(stack, in: session)
            try session.console.print("stopped \(locations.project)\n")
        case .interrupted:
            session.console.note("hale: interrupted; the stack goes on stopping")
            return .interrupted
        }
        if removesVolumes {
            removeTree(locations.volumes)
            for volume in volumes { try session.console.print("removed volume \(volume)\n") }
        }
        return .success
    }
}
