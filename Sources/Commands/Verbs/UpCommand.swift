internal import Compose
internal import Control
internal import Platform
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
    private static let timeout = Option.value(
        "timeout", "t", of: "SECONDS", help: "grace on Ctrl-C instead of each service's stop_grace_period")

    static let manual = Manual(
        verb: "up", operands: "[SERVICE…]", operandCount: Manual.services,
        summary: "Bring the stack up and keep it healthy",
        details: """
            Without --detach, what the services write is shown and Ctrl-C stops the stack in order; a second Ctrl-C stops
            it at once. Where the stack runs already, only what differs is applied. Progress is shown on standard error,
            the table of services on standard output.
            """,
        options: [detach, wait, waitTimeout, scale, noDependencies, removeOrphans, timeout],
        examples: [
            .init(line: "hale up --wait", meaning: "start everything and wait until it is healthy"),
            .init(line: "hale up -d --scale web=3 web", meaning: "three instances of web, and what it depends on"),
        ], exitCodes: [.timeout, .backend, .interrupted])

    private let services: [String]
    private let detaches: Bool
    private let waits: Bool
    private let waitTime: Duration?
    private let scales: [String: Int]
    private let withoutDependencies: Bool
    private let removesOrphans: Bool
    private let grace: Duration?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        services = arguments.operands
        waits = arguments.isOn(Self.wait)
        detaches = arguments.isOn(Self.detach) || waits
        waitTime = try arguments.duration(Self.waitTimeout)
        scales = try arguments.counts(Self.scale)
        withoutDependencies = arguments.isOn(Self.noDependencies)
        removesOrphans = arguments.isOn(Self.removeOrphans)
        grace = try arguments.duration(Self.timeout)
        if waitTime != nil, !waits { throw UsageError("--wait-timeout goes with --wait") }
    }

    func run(in session: Session) throws -> ExitCode {
        let project = try session.projectWithWarnings()
        let complete = try project.stack(scale: scales)
        let chosen = try project.stack(
            scale: scales, services: services, withoutDependencies: withoutDependencies)
        try Runnable.check(chosen)
        for notice in ExtensionNotices.notices(of: project) { session.console.note(notice) }
        let connection = HaleConnection(session.locations(of: project))
        try KeeperLauncher(connection: connection, environment: session.environment).ensureRunning()
        let merge = StackMerge(
            complete: complete, chosen: chosen, isPartial: !services.isEmpty, running: connection.saved()?.stack,
            removesOrphans: removesOrphans)
        mention(merge, in: session.console)
        let began = CalendarTime(nanoseconds: Calendar.now())
        let before = try connection.status()
        try connection.perform(.apply(ApplyRequest(stack: merge.result, source: source(project, merge, session))))
        try connection.revive(Array(chosen.services.keys), asIn: before)
        let attendance = Attendance(
            connection: connection, console: session.console, stack: merge.result,
            services: chosen.services.keys.sorted(), began: began)
        if detaches { return try attendance.detach(waitingForHealth: waits, for: waitTime) }
        return try attendance.attach(grace: grace)
    }

    private func mention(_ merge: StackMerge, in console: Console) {
        guard !removesOrphans, !merge.orphans.isEmpty else { return }
        console.note(
            "hale: left alone, though no longer in the files: \(merge.orphans.joined(separator: ", ")); "
                + "--remove-orphans stops them")
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
