internal import Glibc
internal import Platform

/// `hale task`: looks after one task or command that was detached.
struct TaskCommand: Command {
    static let manual = Manual(
        verb: "task", operands: "NAME", operandCount: 1...1, summary: "Look after a task that was detached",
        details: "Hale starts this process by itself for 'hale run -d' and 'hale exec -d'; nobody else needs to.",
        examples: [.init(line: "hale task -p shop web-run-3fa85f64d1b2", meaning: "as 'hale run -d' starts it")],
        isHidden: true)

    private let name: String

    init(_ arguments: ParsedArguments) throws(UsageError) {
        name = arguments.operands.first ?? ""
    }

    func run(in session: Session) throws -> ExitCode {
        let locations = try session.locations()
        let folder = TaskFolder(locations: locations, name: name)
        guard TaskFolder.all(in: locations).contains(where: { $0.name == name }) else {
            throw CommandFailure("there is no task '\(name)' to look after", .backend)
        }
        let order = try TaskOrder.read(folder.order)
        let streams: Foreground.Streams =
            order.log.map { .log(path: $0, rotation: order.service.logging) } ?? .nothing
        let runner = TaskRunner(order: order, locations: locations, isDetached: true)
        throw CommandExit(code: try runner.run(streams) { _, _ in removeFile(folder.order) })
    }
}
