internal import Stack

/// What is not in the file yet: the newest events and incidents, bounded.
struct Backlog: Sendable {
    /// What is written as one transaction.
    struct Batch: Sendable {
        var events: [EventRecord]
        var incidents: [IncidentRecord]

        var isEmpty: Bool { events.isEmpty && incidents.isEmpty }
    }

    static let eventLimit = 10_000
    static let incidentLimit = 1_000
    private static let batchLimit = 1_000
    /// Trimmed now and then, as removing from the front costs as much as there are events.
    private static let slack = 1_000

    /// By id, the oldest first.
    private(set) var events: [EventRecord] = []
    /// The newest picture of each.
    private(set) var incidents: [Int64: IncidentRecord] = [:]
    /// How many events were given up since that was last asked.
    private(set) var dropped = 0
    /// The last event of the batch that is being written.
    private var underway: Int64 = 0
    /// Events given up that are being written: lost only if that fails.
    private var droppedUnderway = 0

    var isEmpty: Bool { events.isEmpty && incidents.isEmpty }

    mutating func add(_ event: EventRecord) {
        events.append(event)
        guard events.count > Self.eventLimit + Self.slack else { return }
        for event in events.prefix(Self.slack) {
            if event.id <= underway { droppedUnderway += 1 } else { dropped += 1 }
        }
        events.removeFirst(Self.slack)
    }

    mutating func add(_ incident: IncidentRecord) {
        incidents[incident.id] = incident
        guard incidents.count > Self.incidentLimit, let oldest = incidents.keys.min() else { return }
        incidents[oldest] = nil
    }

    /// The oldest of what is to be written. Is to be followed by `written` or `failed`.
    mutating func batch() -> Batch {
        let batch = Batch(
            events: Array(events.prefix(Self.batchLimit)),
            incidents: incidents.values.sorted { $0.id < $1.id })
        underway = batch.events.last?.id ?? 0
        return batch
    }

    /// Forgets what is in the file now, but for incidents of which there is a newer picture.
    mutating func written(_ batch: Batch) {
        underway = 0
        droppedUnderway = 0
        if let last = batch.events.last?.id {
            events.removeFirst(events.firstIndex { $0.id > last } ?? events.count)
        }
        for incident in batch.incidents where incidents[incident.id] == incident { incidents[incident.id] = nil }
    }

    mutating func failed(_ batch: Batch) {
        underway = 0
        dropped += droppedUnderway
        droppedUnderway = 0
    }

    /// How many events were given up since the last time; counts anew from here.
    mutating func takeDropped() -> Int {
        defer { dropped = 0 }
        return dropped
    }
}
