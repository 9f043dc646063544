internal import Stack

/// Events in the journal's file.
struct EventTable {
    static let schema = """
        CREATE TABLE IF NOT EXISTS events(
            id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, kind TEXT NOT NULL, service TEXT,
            instance TEXT, text TEXT NOT NULL, cause TEXT, actor TEXT, incident INTEGER);
        CREATE INDEX IF NOT EXISTS events_by_time ON events(time);
        CREATE INDEX IF NOT EXISTS events_by_service ON events(service, id);
        CREATE INDEX IF NOT EXISTS events_by_incident ON events(incident, id) WHERE incident IS NOT NULL;
        """

    private static let columns = "id, time, kind, service, instance, text, cause, actor, incident"

    private let insertion: Statement

    /// For writing.
    init(_ connection: Connection) throws(JournalError) {
        // What a commit that seemed to fail has written after all is not written twice.
        insertion = try connection.prepare(
            "INSERT OR IGNORE INTO events(\(Self.columns)) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)")
    }

    func insert(_ event: EventRecord) throws(JournalError) {
        try insertion.bind(1, event.id)
        try insertion.bind(2, event.time)
        try insertion.bind(3, event.kind)
        try insertion.bind(4, event.service)
        try insertion.bind(5, event.instance)
        try insertion.bind(6, event.text)
        try insertion.bind(7, event.cause)
        try insertion.bind(8, event.actor)
        try insertion.bind(9, event.incident)
        try insertion.run()
    }

    /// What matches, in the order asked for.
    static func select(_ query: EventQuery, from connection: Connection) throws(JournalError) -> [EventRecord] {
        guard query.limit > 0 else { return [] }
        var conditions: [String] = []
        var values: [Value] = []
        func demand(_ condition: String, _ value: Int64?) {
            guard let value else { return }
            conditions.append(condition)
            values.append(.number(value))
        }
        demand("id > ?", query.after)
        demand("id < ?", query.before)
        demand("time >= ?", query.since)
        demand("time < ?", query.until)
        demand("incident = ?", query.incident)
        for (column, words) in [("service", query.services), ("kind", query.kinds)] {
            guard let words else { continue }
            let marks = Array(repeating: "?", count: words.count).joined(separator: ", ")
            conditions.append("\(column) IN (\(marks))")
            values += words.sorted().map(Value.text)
        }
        let demands = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let order = query.newestFirst ? "DESC" : "ASC"
        let statement = try connection.prepare("SELECT \(columns) FROM events \(demands) ORDER BY id \(order) LIMIT ?")
        for (place, value) in (values + [.number(Int64(query.limit))]).enumerated() {
            switch value {
            case .number(let number): try statement.bind(place + 1, number)
            case .text(let text): try statement.bind(place + 1, text)
            }
        }
        var events: [EventRecord] = []
        while try statement.step() { events.append(event(statement)) }
        return events
    }

    private enum Value {
        case number(Int64)
        case text(String)
    }

    private static func event(_ row: Statement) -> EventRecord {
        EventRecord(
            id: row.number(0), time: row.number(1), kind: row.text(2), service: row.textIfAny(3),
            instance: row.textIfAny(4), text: row.text(5), cause: row.textIfAny(6), actor: row.textIfAny(7),
            incident: row.numberIfAny(8))
    }
}
