internal import Control
internal import Platform
internal import Stack

/// `hale events`.
struct EventsCommand: Command {
    private static let json = Option.flag("json", help: "a JSON object a line, as GET /v1/events of the API has them")
    private static let since = Option.value(
        "since", of: "TIME", help: "only what is not older: 2026-01-31T10:00:00Z, or 10m for the last ten minutes")
    private static let until = Option.value("until", of: "TIME", help: "only what is older, in the same words")
    private static let tail = Option.value(
        "tail", "n", of: "COUNT", help: "only the last events; all (default) or a number")
    private static let follow = Option.flag("follow", "f", help: "go on with what happens from now on")

    static let manual = Manual(
        verb: "events", operands: "[SERVICE…]", operandCount: Manual.services,
        summary: "Show what happened and what Hale did about it, with causes",
        details: """
            From the journal, the oldest first. Works while nothing runs, too. With --follow it goes on over restarts of
            Hale and misses nothing.
            """,
        options: [json, since, until, tail, follow],
        examples: [
            .init(line: "hale events --since 10m redis", meaning: "the last ten minutes of redis"),
            .init(line: "hale events -f -n 20 --json", meaning: "the last 20 events and what follows, for a script"),
        ], exitCodes: [.backend])

    private let services: [String]
    private let isJSON: Bool
    private let since: CalendarTime?
    private let until: CalendarTime?
    private let tail: Int?
    private let follows: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        services = arguments.operands
        isJSON = arguments.isOn(Self.json)
        let now = CalendarTime(nanoseconds: Calendar.now())
        since = if let text = arguments.value(Self.since) { try LogSince.parse(text, now: now) } else { nil }
        until =
            if let text = arguments.value(Self.until) {
                try LogSince.parse(text, now: now, option: "until")
            } else {
                nil
            }
        tail = arguments.value(Self.tail) == "all" ? nil : try arguments.count(Self.tail)
        follows = arguments.isOn(Self.follow)
        if follows, until != nil { throw UsageError("--follow goes on without end, so it does not go with --until") }
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        let source = JournalSource(connection, session.console)
        let query = EventQuery(
            since: since?.nanoseconds, until: until?.nanoseconds,
            services: services.isEmpty ? nil : Set(services))
        try checkServices(source, connection)
        let print = printer(session.console)
        // What comes while the first part is printed belongs to the second.
        let newest = follows ? try source.last(1, EventQuery()).last?.id ?? 0 : nil
        var past = query
        past.before = newest.map { $0 + 1 }
        if let tail {
            for event in try source.last(tail, past) { try print(event) }
        } else {
            try source.each(past, print)
        }
        try session.console.flush()
        guard follows else { return .success }
        var coming = query
        coming.after = newest
        var follower = EventFollower(source, coming) { event in
            try print(event)
            try session.console.flush()
        }
        return try follower.run()
    }

    private func printer(_ console: Console) -> (EventRecord) throws -> Void {
        let isJSON = isJSON
        return { event in
            try console.print(isJSON ? EventJSON(event).line() : EventText.line(event, style: console.outputStyle))
        }
    }

    /// A service may be of the past; one that neither the stack nor the journal knows is a mistake.
    private func checkServices(_ source: JournalSource, _ connection: HaleConnection) throws {
        let known = connection.saved()?.stack.services.keys.sorted() ?? []
        for name in services where !known.contains(name) {
            guard try source.last(1, EventQuery(services: [name])).isEmpty else { continue }
            throw UsageError.noService(name, among: known)
        }
    }
}
