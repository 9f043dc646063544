internal import Glibc
internal import Platform
internal import Stack

/// The journal's file, open for writing. Used by one thread.
final class JournalFile {
    /// The version of what is below; a file of a newer one is left alone.
    static let version: Int64 = 1
    /// How many ids are set aside at a time. Whoever was told of an event that a sudden end kept from being written
    /// must not meet its id again, so the next healer begins above what was set aside.
    private static let reserve: Int64 = 100_000
    /// How long the check at the opening may take. It reads the whole file, 64 MiB in some 100 ms from memory; where
    /// the disk is slower, damage is met later, when something is read or written.
    private static let checkLimit = Duration.seconds(1)

    let identity: FileIdentity
    /// No event that anyone was told of has a larger id than this; 0 in a new file.
    let lastEventID: Int64
    /// The largest number of an incident; 0 where there is none.
    let lastIncidentID: Int64
    /// Its log (`-wal`), which stays the same for as long as the file is open.
    let logIdentity: FileIdentity?
    private let connection: Connection
    private let events: EventTable
    private let incidents: IncidentTable
    private var reserved: Int64

    /// Opens the file at `path`, made where it is missing, and sets ids above `atLeast` aside.
    init(path: String, idsAbove atLeast: Int64) throws(JournalError) {
        let isNew = try Self.create(path)
        connection = try Connection(path: path, .write)
        guard let identity = FileIdentity(path) else {
            throw .unusable("\(path) vanished while it was opened", advice: "see who removes it")
        }
        self.identity = identity
        if connection.isReadOnly {
            throw .unusable("\(path) is read-only", advice: "make it, its folder and its file system writable")
        }
        let version = try connection.number("PRAGMA user_version") ?? 0
        guard version <= Self.version else { throw .newer(Int(clamping: version)) }
        guard version == Self.version || isNew else { throw .damaged("it is empty or no journal of Hale's") }
        try Self.prepare(connection, isNew: isNew)
        let last = max(
            try connection.number("SELECT seq FROM sqlite_sequence WHERE name = 'events'") ?? 0,
            try connection.number("SELECT value FROM numbers WHERE name = 'reserved'") ?? 0)
        lastEventID = last
        lastIncidentID = try connection.number("SELECT max(id) FROM incidents") ?? 0
        events = try EventTable(connection)
        incidents = try IncidentTable(connection)
        reserved = max(last, atLeast).addingClamped(Self.reserve)
        try Self.write(reserved: reserved, to: connection)
        logIdentity = FileIdentity(path + "-wal")
    }

    /// Makes an empty file that only its owner can read; false where there is one already.
    private static func create(_ path: String) throws(JournalError) -> Bool {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else { throw .damaged("it is no file") }
            if status.st_mode & 0o077 != 0 { chmod(path, 0o600) }
            return false
        }
        if let slash = path.lastIndex(of: "/") { try? makeFolders(String(path[..<slash])) }
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            if errno == ENOSPC || errno == EDQUOT { throw .of(code: SQLiteCode.full, text: "", path: path) }
            let reason = SystemError.last("make \(path)").description
            throw .unusable(reason, advice: "make its folder writable")
        }
        close(descriptor)
        return true
    }

    private static func prepare(_ connection: Connection, isNew: Bool) throws(JournalError) {
        if isNew { try connection.execute("PRAGMA auto_vacuum = INCREMENTAL") }
        // NORMAL: a crash of the host may lose the last events, but never the file; no commit waits for the disk.
        try connection.execute(
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;
            PRAGMA wal_autocheckpoint = 256;
            PRAGMA journal_size_limit = 1048576;
            PRAGMA cache_size = -512;
            """)
        try connection.transaction { () throws(JournalError) in
            try connection.execute(EventTable.schema + IncidentTable.schema)
            try connection.execute(
                "CREATE TABLE IF NOT EXISTS numbers(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID")
            if isNew { try connection.execute("PRAGMA user_version = \(version)") }
        }
    }

    /// Looks for damage until the first is found or the time is up.
    func check() throws(JournalError) {
        let connection = connection
        _ = try connection.finish(within: Self.checkLimit) { () throws(JournalError) in
            let statement = try connection.prepare("PRAGMA quick_check(1)")
            guard try statement.step() else { return }
            let finding = statement.text(0)
            guard finding == "ok" else { throw .damaged(finding) }
        }
    }

    /// Writes all of it or nothing.
    func write(_ batch: Backlog.Batch) throws(JournalError) {
        let last = batch.events.last?.id ?? 0
        try connection.transaction { () throws(JournalError) in
            for event in batch.events { try events.insert(event) }
            for incident in batch.incidents { try incidents.insert(incident) }
        }
        if last.addingClamped(Self.reserve / 2) > reserved { try set(reserved: last.addingClamped(Self.reserve)) }
    }

    /// Says that nobody was told of an event with a larger id, so that the next file goes on right after it; unless
    /// another healer has taken over the file meanwhile.
    func release(idsAbove last: Int64) throws(JournalError) {
        try connection.execute(
            "UPDATE numbers SET value = \(last) WHERE name = 'reserved' AND value = \(reserved)")
    }

    private func set(reserved: Int64) throws(JournalError) {
        try Self.write(reserved: reserved, to: connection)
        self.reserved = reserved
    }

    private static func write(reserved: Int64, to connection: Connection) throws(JournalError) {
        try connection.execute("INSERT OR REPLACE INTO numbers(name, value) VALUES('reserved', \(reserved))")
    }

    /// What became of a file that is in use.
    enum Place {
        case unchanged
        /// Only its log (`-wal`) was removed: what it held is saved when the file is closed.
        case withoutLog
        case replaced
        case removed
    }

    /// Whether `path` still leads to this file and what belongs to it.
    func place(_ path: String) -> Place {
        guard let found = FileIdentity(path) else { return .removed }
        guard found == identity else { return .replaced }
        return FileIdentity(path + "-wal") == logIdentity ? .unchanged : .withoutLog
    }

    /// Removes the log that a file left behind which is not in its place any more: SQLite would take it for one of the
    /// file that is at `path` now.
    static func removeLog(_ log: FileIdentity?, of path: String) {
        guard let log, FileIdentity(path + "-wal") == log else { return }
        unlink(path + "-wal")
        unlink(path + "-shm")
    }

    /// Removes a little of what is beyond `limits`; true where there is more to remove.
    func prune(_ limits: JournalLimits, now: Int64) throws(JournalError) -> Bool {
        try Pruning(connection: connection, limits: limits).step(now: now)
    }
}

extension Int64 {
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, isTooLarge) = addingReportingOverflow(other)
        return isTooLarge ? .max : sum
    }
}
