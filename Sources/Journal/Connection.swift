internal import CSQLite
internal import Platform
internal import Stack

/// A connection to an SQLite file.
///
/// Unchecked: one thread at a time may use it and its statements. The writer's lives on the writer's thread, the reader's
/// is used only with the reader's mutex held.
final class Connection: @unchecked Sendable {
    enum Mode {
        /// Reads and writes a file that is there.
        case write
        /// Only reads; others may write meanwhile.
        case read
        /// Only reads a file that nobody can write, as its folder or disk is read-only.
        case readImmutable
    }

    let path: String
    private let handle: OpaquePointer
    private var deadline: Instant?

    init(path: String, _ mode: Mode) throws(JournalError) {
        self.path = path
        let flags: Int32
        var name = path
        switch mode {
        case .write: flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
        case .read: flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX
        case .readImmutable:
            flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI
            name = "file:" + Self.escaped(path) + "?immutable=1"
        }
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(name, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            let text = opened.map { Self.text($0, code) } ?? String(cString: sqlite3_errstr(code))
            sqlite3_close_v2(opened)
            throw .of(code: code, text: text, path: path)
        }
        handle = opened
        sqlite3_busy_timeout(handle, 2_000)
    }

    deinit { sqlite3_close_v2(handle) }

    /// Whether the file turned out to be writable by nobody.
    var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }

    /// How many rows the last statement changed.
    var changes: Int { Int(sqlite3_changes(handle)) }

    /// Runs statements that have no result.
    func execute(_ sql: String) throws(JournalError) {
        try check(sqlite3_exec(handle, sql, nil, nil, nil))
    }

    func prepare(_ sql: String) throws(JournalError) -> Statement {
        var statement: OpaquePointer?
        try check(sqlite3_prepare_v2(handle, sql, -1, &statement, nil))
        guard let statement else { throw .damaged("an empty statement") }
        return Statement(statement, of: self)
    }

    /// The number in the first column of the first row, if there is one.
    func number(_ sql: String) throws(JournalError) -> Int64? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.number(0) : nil
    }

    /// Does `work` as one transaction, of which nothing remains if it fails.
    func transaction(_ work: () throws(JournalError) -> Void) throws(JournalError) {
        try execute("BEGIN IMMEDIATE")
        do throws(JournalError) {
            try work()
            try execute("COMMIT")
        } catch {
            // Where it was rolled back already this fails, which changes nothing.
            sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
            throw error
        }
    }

    /// Does `work`, whose statements are interrupted once that time has passed; false where they were.
    func finish(within time: Duration, _ work: () throws(JournalError) -> Void) throws(JournalError) -> Bool {
        deadline = Instant.now() + time
        defer {
            deadline = nil
            sqlite3_progress_handler(handle, 0, nil, nil)
        }
        sqlite3_progress_handler(
            handle, 10_000,
            { context in
                guard let context else { return 0 }
                let connection = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
                return connection.deadline.map { Instant.now() >= $0 } == true ? 1 : 0
            }, Unmanaged.passUnretained(self).toOpaque())
        do throws(JournalError) {
            try work()
            return true
        } catch {
            if sqlite3_errcode(handle) & 0xFF == SQLITE_INTERRUPT { return false }
            throw error
        }
    }

    func check(_ code: Int32) throws(JournalError) {
        guard code != SQLITE_OK else { return }
        throw .of(code: sqlite3_extended_errcode(handle), text: Self.text(handle, code), path: path)
    }

    private static func text(_ handle: OpaquePointer, _ code: Int32) -> String {
        let text = String(cString: sqlite3_errmsg(handle))
        let system = sqlite3_system_errno(handle)
        guard code & 0xFF == SQLITE_IOERR || code & 0xFF == SQLITE_CANTOPEN, system != 0 else { return text }
        return "\(text): \(SystemError(code: system, attempt: "").reason)"
    }

    /// A path as a URI may hold it (https://www.sqlite.org/uri.html).
    private static func escaped(_ path: String) -> String {
        var text = ""
        for byte in path.utf8 {
            let isPlain =
                byte > 32 && byte < 127 && ![UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#")].contains(byte)
            let digits = String(byte, radix: 16)
            text += isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + digits
        }
        return text
    }
}
