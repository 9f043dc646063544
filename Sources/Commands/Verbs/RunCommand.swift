internal import Compose
internal import Control
internal import Platform
internal import Runtimes
internal import Stack

/// `hale run`.
struct RunCommand: Command {
    private static let detach = Option.flag("detach", "d", help: "return once it runs, and print its name")
    private static let entrypoint = Option.value(
        "entrypoint", of: "COMMAND", help: "what to run instead of the service's entrypoint")
    private static let name = Option.value("name", of: "NAME", help: "what to call it (default: SERVICE-run-…)")
    private static let noDependencies = Option.flag("no-deps", help: "do not start what the service depends on")
    private static let remove = Option.flag(
        "rm", help: "leave nothing behind: of a detached one the log goes, too")

    static let manual = Manual(
        verb: "run", operands: "SERVICE [COMMAND…]", operandCount: 1...Int.max,
        summary: "Run a one-off task with a service's surroundings",
        details: """
            Starts what the service depends on and waits for the conditions, then runs COMMAND (or what the service runs)
            with the service's variables, user, folder, limits, secrets and volumes, at an address of its own. The task is
            no instance: it is not restarted, not counted and gets no clients. It ends with all that it has started, and
            'hale down' ends it. Its exit code is handed on.

            COMMAND shares the service's volumes, also while the service runs, as a migration must. The service's own
            command does not: while it runs as a task the service does not start, and while the service runs it is refused.
            """,
        options: [
            detach, CommandSurroundings.environment, entrypoint, name, CommandSurroundings.noTerminal, noDependencies,
            remove, CommandSurroundings.user, CommandSurroundings.folder, CommandSurroundings.interactive,
            CommandSurroundings.terminal,
        ],
        refusals: [
            Refusal(
                name: "publish", letter: "p",
                reason: "a task is reached at an address of its own, HALE_HOST, on the port it listens on"),
            Refusal(
                name: "service-ports", letter: "P",
                reason: "the service's ports lead to its instances; a task listens on HALE_HOST"),
            Refusal(
                name: "volume", letter: "v",
                reason: "without a container the task sees the host's files where they are; name them in COMMAND"),
            Refusal(name: "use-aliases", reason: "a task is no instance: the service's names lead to its instances"),
            Refusal(name: "build", reason: "without a container engine nothing is built"),
            Refusal(name: "pull", reason: "without a container engine no image is pulled"),
            Refusal(name: "label", letter: "l", reason: "there is no container to label"),
            Refusal(name: "cap-add", reason: "there is no container; use --user for another user"),
            Refusal(name: "cap-drop", reason: "there is no container; use --user for another user"),
        ],
        endsWithCommand: true,
        examples: [
            .init(line: "hale run --rm app ./manage.py migrate", meaning: "once what app depends on is healthy"),
            .init(line: "hale run -d --name import app ./import.sh", meaning: "see 'hale logs import'"),
        ], exitCodes: [.backend, .notExecutable, .notFound, .interrupted])

    private let service: String
    private let command: [String]
    private let surroundings: CommandSurroundings
    private let entrypointWords: [String]?
    private let chosenName: String?
    private let withoutDependencies: Bool
    private let detaches: Bool
    private let removesLog: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        service = arguments.operands.first ?? ""
        command = CommandSurroundings.words(arguments.operands.dropFirst())
        surroundings = try CommandSurroundings(arguments)
        entrypointWords = try arguments.value(Self.entrypoint).map { text throws(UsageError) in
            do { return try ShellWords.split(text) } catch { throw UsageError("--entrypoint: \(error)") }
        }
        chosenName = arguments.value(Self.name)
        if let chosenName { try Self.checkName(chosenName) }
        withoutDependencies = arguments.isOn(Self.noDependencies)
        detaches = arguments.isOn(Self.detach)
        removesLog = arguments.isOn(Self.remove)
    }

    /// It becomes part of files' names.
    private static func checkName(_ name: String) throws(UsageError) {
        let isFine = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_.-".contains($0)) }
        guard isFine, let first = name.first, first.isLetter || first.isNumber, name.utf8.count <= 100 else {
            throw UsageError("--name is letters, digits, '_', '.' and '-', a letter or digit first, not '\(name)'")
        }
    }

    func run(in session: Session) throws -> ExitCode {
        let (project, session) = try Self.project(with: service, session)
        try Self.refuseContainers(of: project, session)
        let complete = try project.stack()
        _ = try ServiceChoice.names([service], among: Array(complete.services.keys))
        guard let described = complete.services[service] else { throw CommandFailure("there is no '\(service)'") }
        let connection = HaleConnection(session.locations(of: project))
        try surroundings.checkUser()
        let task = try name(complete, connection)
        if !withoutDependencies {
            let start = DependencyStart(
                service: described, project: project, session: session, connection: connection)
            if let code = try start.run() { return code }
        }
        let order = try order(task, described, complete, project, connection.locations, session)
        return try detaches ? detach(order, connection, session) : attach(order, connection, session)
    }

    private static func refuseContainers(of project: ComposeProject, _ session: Session) throws {
        let saved = HaleConnection(session.locations(of: project)).saved()
        let runtime =
            try saved.map { try RuntimeChoice.present($0.stack, in: session) }
            ?? RuntimeChoice.choose(nil, for: project, in: session)
        guard runtime.endpoint != nil else { return }
        throw CommandFailure(
            "'hale run' is for stacks without a container engine; 'docker compose run' makes a container for a task")
    }

    /// The project with the service's profiles on: whoever names it wants it.
    private static func project(
        with service: String, _ session: Session
    ) throws(ComposeError) -> (ComposeProject, Session) {
        let project = try session.projectWithWarnings()
        guard let disabled = project.disabledServices[service] else { return (project, session) }
        var globals = session.globals
        globals.profiles =
            project.activeProfiles + (disabled["profiles"]?.items ?? []).compactMap(\.text)
        let wider = Session(
            globals: globals, environment: session.environment, currentDirectory: session.currentDirectory,
            console: session.console)
        return (try wider.project(), wider)
    }

    private func name(_ stack: Stack, _ connection: HaleConnection) throws -> String {
        guard let chosenName else { return TaskFolder.newName(service, kind: "run") }
        // The files of a task are named as an instance's are.
        guard stack.services[chosenName] == nil, connection.saved()?.stack.services[chosenName] == nil else {
            throw CommandFailure("'\(chosenName)' is a service; choose another --name", .backend)
        }
        let folder = TaskFolder(locations: connection.locations, name: chosenName)
        guard folder.keeper == nil else { throw folder.nameIsTaken }
        return chosenName
    }

    private func order(
        _ name: String, _ described: Service, _ stack: Stack, _ project: ComposeProject, _ locations: Locations,
        _ session: Session
    ) throws -> TaskOrder {
        let words = TaskWords(
            model: project.model["services"]?[service] ?? .null, own: described.launch.command,
            entrypoint: entrypointWords, command: command)
        var service = described
        service.launch.command = words.words
        service.launch.environment.merge(
            surroundings.environment(callers: session.environment, isDetached: detaches)
        ) { $1 }
        service.launch.user = surroundings.user ?? service.launch.user
        service.launch.workingDirectory = surroundings.folder ?? service.launch.workingDirectory
        var order = TaskOrder(name: name, service: service, request: [], isOwnCommand: words.isOwn)
        do {
            var planner = CommandPlanner(
                stack: stack, locations: locations, callers: session.environment,
                addresses: CommandSurroundings.addresses(locations))
            let request = try planner.request(task: order.instance, of: service)
            try planner.prepare(request, task: order.instance, of: service)
            order.request = request.encoded()
        } catch {
            CommandPlanner.removeFiles(of: order.instance, in: locations)
            throw CommandFailure("\(error)", .backend)
        }
        if detaches { order.log = "\(locations.logs)/\(order.instance).log" }
        order.removesLog = removesLog
        return order
    }

    private func attach(_ order: TaskOrder, _ connection: HaleConnection, _ session: Session) throws -> ExitCode {
        let runner = TaskRunner(order: order, locations: connection.locations)
        let code = try runner.run(surroundings.streams) { _, notices in
            for notice in notices { session.console.note("hale: \(notice)") }
        }
        throw CommandExit(code: code)
    }

    private func detach(_ order: TaskOrder, _ connection: HaleConnection, _ session: Session) throws -> ExitCode {
        let task = DetachedTask(order: order, locations: connection.locations, environment: session.environment)
        let pid = try task.start()
        session.console.note(
            "hale: 'hale logs \(order.name)' shows what it prints; 'kill \(pid)' or 'hale down' ends it")
        try session.console.print(order.name + "\n")
        return .success
    }
}
