internal import Control
internal import Journal
internal import Platform
internal import Stack

/// Where a command reads the story of a stack: from the Hale that runs, and from its file where none answers, which is
/// when it is needed most.
struct JournalSource {
    static let page = 500

    private let connection: HaleConnection
    private let client: ControlClient
    private let file: JournalReader
    private let console: Console

    init(_ connection: HaleConnection, _ console: Console) {
        self.connection = connection
        self.console = console
        client = ControlClient(socketPath: connection.locations.apiSocket, timeout: .seconds(10))
        file = JournalReader(path: connection.locations.journal)
    }

    /// Whether a Hale runs for the project.
    var isRunning: Bool { connection.keeperPid != nil }

    /// Whether a `hale watch` writes the file, which is then the only source.
    var isWatched: Bool { FileLock.holder(of: connection.locations.watchLock) != nil }

    /// A page of events, from the Hale that runs alone.
    func liveEvents(_ query: EventQuery) throws(ControlClientError) -> [EventRecord] {
        try client.events(query).events.map(\.record)
    }

    /// A page of events; at most `page` of them.
    func events(_ query: EventQuery) throws -> [EventRecord] {
        try read(live: { try client.events(query).events.map(\.record) }, file: { try file.events(query) })
    }

    /// Hands all events that match to `body`, the oldest first.
    func each(_ query: EventQuery, _ body: (EventRecord) throws -> Void) throws {
        var query = query
        query.limit = Self.page
        while true {
            let events = try events(query)
            for event in events { try body(event) }
            guard events.count == query.limit, let last = events.last else { return }
            query.after = last.id
        }
    }

    /// The newest events that match, the oldest of them first.
    func last(_ count: Int, _ query: EventQuery) throws -> [EventRecord] {
        var query = query
        query.newestFirst = true
        var found: [EventRecord] = []
        while found.count < count {
            query.limit = min(Self.page, count - found.count)
            let events = try events(query)
            found += events
            guard events.count == query.limit, let last = events.last else { break }
            query.before = last.id
        }
        return found.reversed()
    }

    /// At most `count` incidents, the newest first.
    func incidents(_ count: Int, onlyOpen: Bool) throws -> [IncidentRecord] {
        var found: [IncidentRecord] = []
        while found.count < count {
            let (before, limit) = (found.last?.id, min(Self.page, count - found.count))
            let page = try read(
                live: {
                    try client.incidents(before: before, limit: limit, onlyOpen: onlyOpen).incidents.map(\.record)
                },
                file: { try file.incidents(before: before, limit: limit, onlyOpen: onlyOpen) })
            found += page
            if page.count < limit { break }
        }
        return found
    }

    func incident(_ id: Int64) throws -> IncidentRecord? {
        try read(live: { try client.incident(id) }, file: { try file.incident(id) })
    }

    private func read<Result>(live: () throws -> Result, file readFile: () throws -> Result) throws -> Result {
        guard isRunning else { return try fromFile(readFile) }
        do {
            return try live()
        } catch let error as ControlClientError {
            switch error {
            case .notRunning, .noAnswer, .interrupted:
                console.note("hale: \(error); reading \(connection.locations.journal) instead")
                return try fromFile(readFile)
            case .forbidden, .rejected, .unexpected: throw error
            }
        }
    }

    private func fromFile<Result>(_ read: () throws -> Result) throws -> Result {
        guard file.exists else {
            throw CommandFailure("nothing was written yet: there is no journal at \(connection.locations.journal)")
        }
        do {
            return try read()
        } catch let error as JournalError {
            throw CommandFailure("\(error)")
        }
    }
}
