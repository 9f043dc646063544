internal import Stack

extension EventQuery {
    /// Whether it asks for that event, its limit apart.
    func matches(_ event: EventRecord) -> Bool {
        if let after, event.id <= after { return false }
        if let before, event.id >= before { return false }
        if let since, event.time < since { return false }
        if let until, event.time >= until { return false }
        if let incident, event.incident != incident { return false }
        if let kinds, !kinds.contains(event.kind) { return false }
        guard let services else { return true }
        return event.service.map(services.contains) ?? false
    }

    /// The answer, of what the file has (in the order asked for) and what is only in memory; an event that is in both,
    /// as it was written between the two looks, counts once.
    func answer(file: [EventRecord], memory: [EventRecord]) -> [EventRecord] {
        let known = Set(file.map(\.id))
        let rest = memory.filter { matches($0) && !known.contains($0.id) }
        guard !rest.isEmpty else { return file }
        let all = (file + rest).sorted { newestFirst ? $0.id > $1.id : $0.id < $1.id }
        return Array(all.prefix(max(0, limit)))
    }
}
