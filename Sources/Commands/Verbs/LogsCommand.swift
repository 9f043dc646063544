internal import Platform
internal import Stack

/// `hale logs`.
struct LogsCommand: Command {
    private static let follow = Option.flag("follow", "f", help: "go on with what is written from now on")
    private static let since = Option.value(
        "since", of: "TIME", help: "only what is not older: 2026-01-31T10:00:00Z, or 10m for the last ten minutes")
    private static let tail = Option.value(
        "tail", "n", of: "LINES", help: "only the last lines of each instance; all (default) or a number")
    private static let noPrefix = Option.flag("no-log-prefix", help: "without the name of the instance")
    private static let access = Option.flag(
        "access", help: "the access logs instead, as x-hale.access_log has them written")
    private static let timestamps = Option.flag("timestamps", "t", help: "with the time of each line")

    static let manual = Manual(
        verb: "logs", operands: "[SERVICE…]", operandCount: Manual.services,
        summary: "Show what the instances have written",
        details: "Standard output and error of all instances in the order of time. Works while nothing runs, too.",
        options: [follow, since, tail, access, noPrefix, timestamps],
        examples: [
            .init(line: "hale logs -f --tail 20", meaning: "the last 20 lines of each instance, and what follows"),
            .init(line: "hale logs --since 10m redis", meaning: "what redis wrote in the last ten minutes"),
            .init(line: "hale logs -f --access web", meaning: "who asks web for what, and what comes of it"),
        ])

    private let services: Set<String>
    private let follows: Bool
    private let since: CalendarTime?
    private let tail: Int?
    private let isAccess: Bool
    private let hasPrefix: Bool
    private let hasTimestamps: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        services = Set(arguments.operands)
        follows = arguments.isOn(Self.follow)
        let now = CalendarTime(nanoseconds: Calendar.now())
        since = if let text = arguments.value(Self.since) { try LogSince.parse(text, now: now) } else { nil }
        tail = arguments.value(Self.tail) == "all" ? nil : try arguments.count(Self.tail)
        isAccess = arguments.isOn(Self.access)
        // Each line of an access log names its service, and programs read it whole.
        hasPrefix = !isAccess && !arguments.isOn(Self.noPrefix)
        hasTimestamps = arguments.isOn(Self.timestamps)
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        let locations = connection.locations
        let containers = try containerLogs(connection, session)
        let path = isAccess ? locations.accessLogs : containers?.folder ?? locations.logs
        let folder = LogFolder(path: path, isAccess: isAccess)
        try checkServices(folder, connection)
        try containers?.read()
        if follows { containers?.follow() }
        defer { containers?.end() }
        var follower = LogFollower(
            folder: folder, services: services, since: since, tail: tail,
            format: LogFormat(
                hasPrefix: hasPrefix, hasTimestamps: hasTimestamps, style: session.console.outputStyle))
        try follower.printNew(to: session.console)
        guard follows else { return .success }
        var interrupts = Interrupts()
        var rounds = 0
        while !interrupts.pause(.milliseconds(100)) {
            rounds += 1
            let isOver = rounds % 10 == 0 && connection.keeperPid == nil
            try follower.printNew(to: session.console)
            if isOver { return .success }
        }
        return .interrupted
    }

    /// What containers write, their engine keeps.
    private func containerLogs(_ connection: HaleConnection, _ session: Session) throws -> ContainerLogFiles? {
        guard !isAccess, let stack = connection.saved()?.stack, stack.containers != nil else { return nil }
        return try ContainerLogFiles(
            of: stack, services: services, since: since, tail: tail, in: session, connection.locations)
    }

    private func checkServices(_ folder: LogFolder, _ connection: HaleConnection) throws {
        let known = Set(folder.instances().map(\.service)).union(connection.saved()?.stack.services.keys ?? [:].keys)
        if known.isEmpty {
            throw CommandFailure("nothing was written yet: there are no logs in \(folder.path)")
        }
        if isAccess, !follows, folder.instances().isEmpty {
            throw CommandFailure("nothing was written yet: access logs are off unless x-hale.access_log says otherwise")
        }
        _ = try ServiceChoice.names(services.sorted(), among: known.sorted())
    }
}
