internal import Compose
internal import Control
internal import Platform
internal import Runtimes
internal import Stack

/// `hale up`.
struct UpCommand: Command {
    private static let detach = Option.flag("detach", "d", help: "return once everything was started")
    private static let wait = Option.flag("wait", help: "return once everything is healthy; implies --detach")
    private static let waitTimeout = Option.value(
        "wait-timeout", of: "SECONDS", help: "give up waiting after that time")
    private static let scale = Option.repeated("scale", of: "SERVICE=NUMBER", help: "how many instances to run")
    private static let noDependencies = Option.flag("no-deps", help: "leave out what the named services depend on")
    private static let removeOrphans = Option.flag(
        "remove-orphans", help: "stop services that the files no longer have")
    private static let runtime = RuntimeChoice.option
    private static let timeout = Option.value(
        "timeout", "t", of: "SECONDS", help: "grace on Ctrl-C instead of each service's stop_grace_period")

    static let manual = Manual(
        verb: "up", operands: "[SERVICE…]", operandCount: Manual.services,
        summary: "Bring the stack up and keep it healthy",
        details: """
            Without --detach, what the services write is shown and Ctrl-C stops the stack in order; a second Ctrl-C stops
            it at once. Where the stack runs already, only what differs is applied. Progress is shown on standard error,
            the table of services on standard output.

            With -p and no Compose file here or above, what was applied last comes up again, as after the host was
            started. Where Hale did not run, services that were stopped by hand stay stopped unless they are named;
            where it runs, they are started again.

            Started by systemd (NOTIFY_SOCKET), it stays in the foreground also with --wait, tells READY=1 once all was
            started or, with --wait, is healthy, and reads the files again on SIGHUP.
            """,
        options: [
            detach, wait, waitTimeout, scale, noDependencies, removeOrphans, timeout, runtime, Rehearsal.dryRun,
            Rehearsal.format,
        ],
        examples: [
            .init(line: "hale up --wait", meaning: "start everything and wait until it is healthy"),
            .init(line: "hale up -d --scale web=3 web", meaning: "three instances of web, and what it depends on"),
            .init(line: "hale up --dry-run", meaning: "what would be started, replaced or stopped, and why"),
            .init(line: "hale -p shop up -d", meaning: "bring shop up as it was, from any folder"),
        ], exitCodes: [.timeout, .backend, .interrupted])

    private let services: [String]
    private let detaches: Bool
    private let waits: Bool
    private let waitTime: Duration?
    private let scales: [String: Int]
    private let withoutDependencies: Bool
    private let removesOrphans: Bool
    private let grace: Duration?
    private let wish: RuntimeWish?
    private let rehearsal: Rehearsal?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        services = arguments.operands
        waits = arguments.isOn(Self.wait)
        detaches = arguments.isOn(Self.detach)
        waitTime = try arguments.duration(Self.waitTimeout)
        scales = try arguments.counts(Self.scale)
        withoutDependencies = arguments.isOn(Self.noDependencies)
        removesOrphans = arguments.isOn(Self.removeOrphans)
        grace = try arguments.duration(Self.timeout)
        wish = try arguments.choice(Self.runtime, RuntimeWish.self)
        rehearsal = try Rehearsal.wanted(arguments)
        if waitTime != nil, !waits { throw UsageError("--wait-timeout goes with --wait") }
    }

    func run(in session: Session) throws -> ExitCode {
        if let saved = try savedWithoutFiles(session) {
            let connection = HaleConnection(try session.locations())
            return try bringUp(saved, chosen: saved.stack, connection, session) { _ in saved }
        }
        let project = try session.projectWithWarnings()
        let connection = HaleConnection(session.locations(of: project))
        let runtime = try RuntimeChoice.choose(
            wish, for: project, scale: scales, running: connection.saved()?.stack, in: session)
        let complete = try runtime.stack(of: project)
        let selected = try runtime.stack(of: project, services: services, withoutDependencies: withoutDependencies)
        try runtime.check(selected)
        let chosen = try rehearsal == nil ? runtime.prepare(selected) : runtime.adorn(selected)
        for notice in ExtensionNotices.notices(of: project, as: runtime.kind) { session.console.note(notice) }
        return try bringUp(connection.saved(), chosen: chosen, connection, session) { running in
            let merge = StackMerge(
                complete: complete, chosen: chosen, isPartial: !services.isEmpty, running: running,
                removesOrphans: removesOrphans)
            mention(merge, in: session.console)
            return ApplyRequest(stack: merge.result, source: source(project, merge, session))
        }
    }

    /// What was applied last, where that is all there is to go by: a project's name and no file. So a stack comes back
    /// after the host was started again, wherever the command is run.
    private func savedWithoutFiles(_ session: Session) throws -> ApplyRequest? {
        guard session.globals.projectName != nil, services.isEmpty, scales.isEmpty,
            session.environment["COMPOSE_FILE"] ?? "" == "",
            ProjectName.file(session.globals, directory: session.currentDirectory) == nil
        else { return nil }
        let connection = HaleConnection(try session.locations())
        guard let saved = connection.saved() else { return nil }
        session.console.note("hale: no Compose file here; going by what was applied last")
        return saved
    }

    /// Has `request`, made of what runs, applied and follows it.
    private func bringUp(
        _ saved: ApplyRequest?, chosen: Stack, _ connection: HaleConnection, _ session: Session,
        _ request: (Stack?) -> ApplyRequest
    ) throws -> ExitCode {
        // Where Hale did not run, what a person stopped stays stopped, as it was when Hale or the host ended.
        let isRestoring = services.isEmpty && connection.keeperPid == nil && saved != nil
        if let rehearsal {
            let status = try connection.statusIfRunning()
            let networks = NetworkNamespaces(connection.locations)
            try rehearsal.show(
                from: saved.map { networks.found($0.stack) }, to: networks.found(request(saved?.stack).stack),
                status: status, stopped: isRestoring ? connection.stoppedByHand() : [],
                revives: { chosen.services[$0] != nil && !isRestoring }, in: session.console)
            return .success
        }
        try KeeperLauncher(connection: connection, environment: session.environment).ensureRunning()
        let request = request(connection.saved()?.stack)
        let handover = session.serviceManager.map {
            SocketHandover(manager: $0, connection: connection, console: session.console)
        }
        handover?.run(for: request.stack)
        let began = CalendarTime(nanoseconds: Calendar.now())
        let before = try connection.status()
        try connection.perform(.apply(request))
        try revive(chosen, before, connection, session.console, isRestoring: isRestoring)
        return try attend(request, chosen: chosen, connection, session, began)
    }

    private func attend(
        _ request: ApplyRequest, chosen: Stack, _ connection: HaleConnection, _ session: Session, _ began: CalendarTime
    ) throws -> ExitCode {
        let names = chosen.services.keys.sorted()
        let attendance = Attendance(
            connection: connection, session: session, stack: request.stack, services: names, began: began)
        // A service manager waits to be told that all is well, and for this process to end with the stack.
        let isSupervised = session.serviceManager?.socket != nil && !detaches
        if detaches || waits && !isSupervised {
            return try attendance.detach(waitingForHealth: waits, for: waitTime)
        }
        let supervision = Supervision(
            manager: session.serviceManager, connection: connection, environment: session.environment,
            console: session.console,
            settling: Settling(goal: waits ? .ready : .started, stack: request.stack, services: names))
        return try attendance.attach(grace: grace, supervision)
    }

    private func mention(_ merge: StackMerge, in console: Console) {
        guard !removesOrphans, !merge.orphans.isEmpty else { return }
        console.note(
            "hale: left alone, though no longer in the files: \(merge.orphans.joined(separator: ", ")); "
                + "--remove-orphans stops them")
    }

    /// Whoever says `up` to a running Hale wants what was stopped by hand, failed or was in quarantine before to run
    /// again.
    private func revive(
        _ chosen: Stack, _ before: StackStatus, _ connection: HaleConnection, _ console: Console, isRestoring: Bool
    ) throws {
        let left = chosen.services.keys.filter { isRestoring && before.services[$0]?.operatorWill == "stopped" }
        try connection.revive(chosen.services.keys.filter { !left.contains($0) }, asIn: before)
        guard !left.isEmpty else { return }
        let names = left.sorted().joined(separator: ", ")
        console.note("hale: stopped by hand and left so: \(names); 'hale start' runs them")
    }

    private func source(_ project: ComposeProject, _ merge: StackMerge, _ session: Session) -> ConfigurationSource {
        let names = merge.servicesToRead
        return ConfigurationSource(
            files: project.files, projectDirectory: project.directory, projectName: project.name,
            profiles: session.globals.profiles,
            environmentFiles: session.globals.environmentFiles.map(session.absolute),
            environment: session.environment, scale: scales, services: names, withoutDependencies: !names.isEmpty)
    }
}
