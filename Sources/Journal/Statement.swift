internal import CSQLite

/// A prepared statement. Places of values count from 1, columns from 0, as SQLite counts them.
final class Statement {
    private let handle: OpaquePointer
    private let connection: Connection

    init(_ handle: OpaquePointer, of connection: Connection) {
        self.handle = handle
        self.connection = connection
    }

    deinit { sqlite3_finalize(handle) }

    func bind(_ place: Int, _ number: Int64?) throws(JournalError) {
        if let number {
            try connection.check(sqlite3_bind_int64(handle, Int32(place), number))
        } else {
            try connection.check(sqlite3_bind_null(handle, Int32(place)))
        }
    }

    func bind(_ place: Int, _ text: String?) throws(JournalError) {
        guard var text else { return try connection.check(sqlite3_bind_null(handle, Int32(place))) }
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                hale_sqlite_bind_text(handle, Int32(place), characters.baseAddress, Int32(clamping: characters.count))
            }
        }
        try connection.check(code)
    }

    /// Goes on to the next row; false where there is none.
    func step() throws(JournalError) -> Bool {
        let code = sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        if code != SQLITE_DONE { try connection.check(code) }
        return false
    }

    /// Runs a statement without rows, and makes it ready for the next values.
    func run() throws(JournalError) {
        defer { sqlite3_reset(handle) }
        _ = try step()
    }

    func number(_ column: Int) -> Int64 { sqlite3_column_int64(handle, Int32(column)) }

    func numberIfAny(_ column: Int) -> Int64? { isNull(column) ? nil : number(column) }

    func text(_ column: Int) -> String {
        guard let bytes = sqlite3_column_text(handle, Int32(column)) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    func textIfAny(_ column: Int) -> String? { isNull(column) ? nil : text(column) }

    private func isNull(_ column: Int) -> Bool { sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL }
}
