internal import Glibc
internal import Platform
public import Stack
internal import Synchronization

/// Reads a journal's file, also while another process writes it. Any thread may ask; one is served at a time.
public final class JournalReader: Sendable {
    private struct State {
        var connection: Connection?
        var identity: FileIdentity?
    }

    private let path: String
    private let state = Mutex(State())

    /// A reader of the file at `path`, which is opened when it is asked something.
    public init(path: String) {
        self.path = path
    }

    /// Whether there is a file.
    public var exists: Bool { access(path, F_OK) == 0 }

    /// Events that match, in the order asked for; none where there is no file.
    public func events(_ query: EventQuery) throws(JournalError) -> [EventRecord] {
        try read { connection throws(JournalError) in try EventTable.select(query, from: connection) } ?? []
    }

    /// Incidents, the newest first, with ids smaller than `before` where that is given; none where there is no file.
    public func incidents(before: Int64?, limit: Int, onlyOpen: Bool) throws(JournalError) -> [IncidentRecord] {
        try read { connection throws(JournalError) in
            try IncidentTable.select(before: before, limit: limit, onlyOpen: onlyOpen, from: connection)
        } ?? []
    }

    /// One incident, or nil where there is none of that number.
    public func incident(_ id: Int64) throws(JournalError) -> IncidentRecord? {
        try read { connection throws(JournalError) in try IncidentTable.select(id, from: connection) } ?? nil
    }

    /// Closes the file until something is asked again; waits for whom it serves.
    func close() {
        state.withLock { $0 = State() }
    }

    private func read<Result>(
        _ body: (Connection) throws(JournalError) -> Result
    ) throws(JournalError) -> Result? {
        let result: Swift.Result<Result?, JournalError> = state.withLock { state in
            do throws(JournalError) {
                guard let connection = try open(&state) else { return .success(nil) }
                return .success(try body(connection))
            } catch {
                // The next one may find another file here.
                state = State()
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func open(_ state: inout State) throws(JournalError) -> Connection? {
        guard let identity = FileIdentity(path) else {
            state = State()
            return nil
        }
        if let connection = state.connection, identity == state.identity { return connection }
        state = State()
        let connection = try Self.connect(path)
        state = State(connection: connection, identity: identity)
        return connection
    }

    private static func connect(_ path: String) throws(JournalError) -> Connection? {
        do throws(JournalError) {
            let connection = try Connection(path: path, .read)
            return try isReadable(connection) ? connection : nil
        } catch {
            // A log beside the file needs a folder that can be written, unless nothing can be written at all.
            guard case .unusable = error else { throw error }
            let connection = try Connection(path: path, .readImmutable)
            return try isReadable(connection) ? connection : nil
        }
    }

    /// False for a file with nothing in it yet.
    private static func isReadable(_ connection: Connection) throws(JournalError) -> Bool {
        let version = try connection.number("PRAGMA user_version") ?? 0
        guard version <= JournalFile.version else { throw .newer(Int(clamping: version)) }
        return version > 0
    }
}
