internal import Control
internal import Platform
internal import Runtimes
internal import Stack
internal import Wire

/// `hale exec`.
struct ExecCommand: Command {
    private static let detach = Option.flag("detach", "d", help: "return once it runs; what it prints is dropped")

    static let manual = Manual(
        verb: "exec", operands: "SERVICE COMMAND…", operandCount: 2...Int.max,
        summary: "Run a command beside an instance",
        details: """
            The command has the instance's variables (HALE_HOST and so on, also as $HALE_HOST in its words), user, folder
            and, as root, cgroup, network and names of other services; it ends when the instance ends. Its exit code is
            handed on.

            In a container it is the engine that runs it, without input and without a terminal.
            """,
        options: [
            detach, CommandSurroundings.environment, InstanceTarget.index, CommandSurroundings.noTerminal,
            CommandSurroundings.user, CommandSurroundings.folder, CommandSurroundings.interactive,
            CommandSurroundings.terminal,
        ],
        refusals: [
            Refusal(
                name: "privileged",
                reason: "there is no container that takes privileges away; use --user for another user")
        ],
        endsWithCommand: true,
        examples: [
            .init(line: "hale exec redis redis-cli -h '$HALE_HOST' INFO", meaning: "ask the instance itself"),
            .init(line: "hale exec -u postgres db sh", meaning: "a shell with all that db has"),
            .init(line: "hale exec -T db pg_dumpall > all.sql", meaning: "without a terminal, for a script"),
        ], exitCodes: [.backend, .notExecutable, .notFound])

    private let target: InstanceTarget
    private let words: [String]
    private let surroundings: CommandSurroundings
    private let detaches: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        target = try InstanceTarget(service: arguments.operands.first ?? "", arguments)
        words = CommandSurroundings.words(arguments.operands.dropFirst())
        if words.isEmpty { throw UsageError("'exec' needs a COMMAND") }
        surroundings = try CommandSurroundings(arguments)
        detaches = arguments.isOn(Self.detach)
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        let (instance, status) = try target.find(in: try connection.status())
        guard status.state != .paused else {
            throw CommandFailure("'\(instance)' is paused; 'hale unpause \(instance.service)' lets it go on")
        }
        guard let pid = status.pid, let saved = connection.saved(),
            let service = saved.stack.services[instance.service]
        else { throw CommandFailure("what runs cannot be read from \(connection.locations.configuration)", .backend) }
        if saved.stack.containers != nil {
            return try ContainerCommand(
                words: words, surroundings: surroundings, detaches: detaches, session: session
            ).run(in: instance, of: saved.stack)
        }
        try surroundings.checkUser()
        let locations = connection.locations
        var planner = CommandPlanner(
            stack: saved.stack, locations: locations, callers: saved.source.environment,
            addresses: CommandSurroundings.addresses(locations))
        let command = SideCommand(
            arguments: words, user: surroundings.user, workingDirectory: surroundings.folder,
            environment: surroundings.environment(callers: session.environment, isDetached: detaches), timeout: .zero)
        let request: SpawnRequest
        do {
            request = try planner.request(command, beside: instance, of: service)
        } catch {
            throw CommandFailure("\(error)", .backend)
        }
        guard detaches else {
            let process = try Foreground(request, streams: surroundings.streams, mark: "", beside: pid)
            throw CommandExit(code: try process.wait())
        }
        let order = TaskOrder(
            name: TaskFolder.newName(instance.description, kind: "exec"), service: service, request: request.encoded(),
            beside: pid)
        _ = try DetachedTask(order: order, locations: locations, environment: session.environment).start()
        return .success
    }
}
