internal import Stack

/// Keeps the journal's file within its limits, a little at a time, so that nobody waits for it.
struct Pruning {
    private static let events = 500
    private static let incidents = 50
    private static let pages = 500

    let connection: Connection
    let limits: JournalLimits

    /// Removes what is too old or too much, at most that many rows of each; true where there is more to remove.
    func step(now: Int64) throws(JournalError) -> Bool {
        let cutoff = now.addingClamped(-limits.age.nanoseconds)
        var removed = try remove(
            "events", "SELECT id FROM events WHERE time < \(cutoff) ORDER BY time LIMIT \(Self.events)")
        removed += try remove(
            "incidents",
            "SELECT id FROM incidents WHERE state <> 'open' AND coalesce(ended_at, first_sign_at) < \(cutoff) "
                + "ORDER BY id LIMIT \(Self.incidents)")
        if try used() > limits.size / 10 * 9, try size() > limits.size { removed += try removeOldest() }
        let isTooLarge = try size() > limits.size
        if removed > 0 || isTooLarge { try connection.execute("PRAGMA incremental_vacuum(\(Self.pages))") }
        return removed > 0
    }

    /// The oldest events, and the incidents that ended before what remains.
    private func removeOldest() throws(JournalError) -> Int {
        let events = try remove("events", "SELECT id FROM events ORDER BY id LIMIT \(Self.events)")
        let oldest = try connection.number("SELECT time FROM events ORDER BY id LIMIT 1") ?? Int64.max
        let incidents = try remove(
            "incidents",
            "SELECT id FROM incidents WHERE state <> 'open' AND coalesce(ended_at, first_sign_at) < \(oldest) "
                + "ORDER BY id LIMIT \(Self.incidents)")
        return events + incidents
    }

    private func remove(_ table: String, _ selection: String) throws(JournalError) -> Int {
        try connection.execute("DELETE FROM \(table) WHERE id IN (\(selection))")
        return connection.changes
    }

    private func size() throws(JournalError) -> Int64 { try pages("page_count") }

    private func used() throws(JournalError) -> Int64 { try pages("page_count") - pages("freelist_count") }

    private func pages(_ pragma: String) throws(JournalError) -> Int64 {
        let count = try connection.number("PRAGMA \(pragma)") ?? 0
        return count.multipliedReportingOverflow(by: try connection.number("PRAGMA page_size") ?? 0).partialValue
    }
}
