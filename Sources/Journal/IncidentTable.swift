internal import FoundationEssentials
internal import Stack

/// Incidents in the journal's file: each whole, as JSON, beside what is asked for.
struct IncidentTable {
    static let schema = """
        CREATE TABLE IF NOT EXISTS incidents(
            id INTEGER PRIMARY KEY, state TEXT NOT NULL, root TEXT NOT NULL, first_sign_at INTEGER NOT NULL,
            ended_at INTEGER, record TEXT NOT NULL);
        CREATE INDEX IF NOT EXISTS incidents_by_state ON incidents(state, id);
        """

    private let insertion: Statement

    /// For writing.
    init(_ connection: Connection) throws(JournalError) {
        insertion = try connection.prepare(
            """
            INSERT OR REPLACE INTO incidents(id, state, root, first_sign_at, ended_at, record)
            VALUES(?, ?, ?, ?, ?, ?)
            """)
    }

    /// Puts it in the place of what was known of it before.
    func insert(_ incident: IncidentRecord) throws(JournalError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(incident) else { return }
        try insertion.bind(1, incident.id)
        try insertion.bind(2, incident.state.rawValue)
        try insertion.bind(3, incident.root)
        try insertion.bind(4, incident.firstSignAt)
        try insertion.bind(5, incident.endedAt)
        try insertion.bind(6, String(decoding: bytes, as: UTF8.self))
        try insertion.run()
    }

    /// The newest first.
    static func select(
        before: Int64?, limit: Int, onlyOpen: Bool, from connection: Connection
    ) throws(JournalError) -> [IncidentRecord] {
        guard limit > 0 else { return [] }
        let state = onlyOpen ? "state = 'open' AND" : ""
        let statement = try connection.prepare(
            "SELECT record FROM incidents WHERE \(state) id < ? ORDER BY id DESC LIMIT ?")
        try statement.bind(1, before ?? Int64.max)
        try statement.bind(2, Int64(limit))
        return try incidents(statement)
    }

    static func select(_ id: Int64, from connection: Connection) throws(JournalError) -> IncidentRecord? {
        let statement = try connection.prepare("SELECT record FROM incidents WHERE id = ?")
        try statement.bind(1, id)
        return try incidents(statement).first
    }

    /// One that cannot be read, as another version of Hale wrote it, is passed over.
    private static func incidents(_ statement: Statement) throws(JournalError) -> [IncidentRecord] {
        let decoder = JSONDecoder()
        var incidents: [IncidentRecord] = []
        while try statement.step() {
            guard let incident = try? decoder.decode(IncidentRecord.self, from: Data(statement.text(0).utf8)) else {
                continue
            }
            incidents.append(incident)
        }
        return incidents
    }
}
