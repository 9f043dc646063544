internal import CSQLite

/// Results of SQLite that this room itself speaks of.
enum SQLiteCode {
    static let full = SQLITE_FULL
}
