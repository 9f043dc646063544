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
        details: "Where nothing runs there is nothing to do.",
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
        let volumes = removesVolumes ? namesInFolder(locations.volumes) : []
        var interrupts = Interrupts()
        guard let tasks = TaskEnding.end(in: locations, grace: grace, &interrupts) else {
            session.console.note("hale: interrupted; what is left of the stack goes on")
            return .interrupted
        }
        for task in tasks { session.console.note("ended the task \(task)") }
        // A keeper that was killed leaves services running; only a keeper can stop them.
        if connection.keeperPid == nil, !namesInFolder(locations.children).isEmpty {
            try KeeperLauncher(connection: connection, environment: session.environment).ensureRunning()
        }
        if connection.keeperPid == nil {
            session.console.note("hale: nothing is running of '\(locations.project)'")
        } else {
            let began = CalendarTime(nanoseconds: Calendar.now())
            let shutdown = Shutdown(connection: connection, console: session.console, began: began)
            if case .interrupted = try shutdown.run(grace: grace, removingVolumes: removesVolumes, &interrupts) {
                session.console.note("hale: interrupted; the stack goes on stopping")
                return .interrupted
            }
            try session.console.print("stopped \(locations.project)\n")
        }
        if removesVolumes {
            removeTree(locations.volumes)
            for volume in volumes { try session.console.print("removed volume \(volume)\n") }
        }
        return .success
    }
}
