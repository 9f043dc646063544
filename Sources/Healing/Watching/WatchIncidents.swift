public import Stack

/// What failed checks of watched containers led to, as incidents: the container whose check failed is the root; those that
/// wait for it, or are restarted because it was, are its victims.
///
/// One opens with a failed check that no incident covers, and is over once the root is healthy and its victims are, or were
/// restarted where they have no check. It is `closed` where a person stopped, paused or removed the root.
///
/// A pure machine: notes and the time in, records out. Times are nanoseconds since 1970 in UTC.
public struct WatchIncidents: Sendable {
    private var pages: [Int64: WatchIncidentPage] = [:]
    private var nextID: Int64

    /// Goes on with incidents that were open when somebody else kept them; the next one gets that number.
    public init(open: [IncidentRecord] = [], nextID: Int64 = 1) {
        self.nextID = nextID
        for record in open {
            var unsettled = Set(record.victims.filter { $0.recoveredAt == nil }.map(\.service))
            if record.repairedAt == nil { unsettled.insert(record.root) }
            pages[record.id] = WatchIncidentPage(record: record, unsettled: unsettled)
        }
    }

    /// Takes down what the watch noted at that time: an event for each note, and the incidents that have changed by them.
    public mutating func take(_ notes: [WatchNote], at time: Int64) -> [WatchRecord] {
        var records: [WatchRecord] = []
        var changed: Set<Int64> = []
        // A victim may come before its root, as they are noted in the order of their names.
        for note in notes.filter({ $0.because == nil }) + notes.filter({ $0.because != nil }) {
            let ids = incidents(of: note, at: time)
            for id in ids { pages[id]?.take(note, at: time) }
            changed.formUnion(ids)
            records.append(
                .event(
                    EventRecord(
                        id: 0, time: time, kind: note.entryKind.rawValue, service: note.container.name,
                        text: note.text, incident: ids.first)))
        }
        return records + finish(changed, at: time)
    }

    /// Ends what is over by now, of the incidents that somebody else kept: these containers are there.
    public mutating func settle(_ present: [WatchedContainer], at time: Int64) -> [WatchRecord] {
        let containers = Dictionary(present.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for id in pages.keys { pages[id]?.settle(containers, at: time) }
        return finish(Set(pages.keys), at: time)
    }

    /// Keeps what a container whose check failed has printed.
    public mutating func add(_ evidence: CheckEvidence) -> [WatchRecord] {
        let ids = pages.keys.filter { pages[$0]?.concerns(evidence.container) == true }.sorted()
        for id in ids { pages[id]?.add(evidence) }
        return ids.compactMap { id in pages[id].map { WatchRecord.incident($0.record) } }
    }

    /// The incidents that a note belongs to, its own first.
    private mutating func incidents(of note: WatchNote, at time: Int64) -> [Int64] {
        let name = note.container.name
        var ids = pages.keys.filter { pages[$0]?.concerns(name) == true }.sorted()
        if let because = note.because {
            let others = pages.keys.filter { pages[$0]?.includes(because) == true && !ids.contains($0) }
            if let id = others.min() {
                pages[id]?.join(note, at: time)
                ids.append(id)
            }
        }
        guard ids.isEmpty, note.isSign, nextID < .max else { return ids }
        let record = IncidentRecord(
            id: nextID, state: .open, root: name, cause: "its health check fails", firstSignAt: time)
        pages[nextID] = WatchIncidentPage(record: record, unsettled: [name])
        nextID += 1
        return [record.id]
    }

    private mutating func finish(_ changed: Set<Int64>, at time: Int64) -> [WatchRecord] {
        changed.sorted().compactMap { id in
            guard var page = pages[id] else { return nil }
            if page.unsettled.isEmpty {
                page.record.state = page.record.repairedAt == nil ? .closed : .resolved
                page.record.endedAt = time
                pages[id] = nil
            }
            return .incident(page.record)
        }
    }
}
