public import Platform
public import Stack

/// The story of a stack: every event and every incident, in a file that is bounded by age and size.
///
/// Whoever writes never waits for the disk: a thread of the journal's own writes what has come. Whatever becomes of the
/// file (a full disk, a folder that cannot be written, damage, its removal), the newest 10,000 events stay at hand in
/// memory until it can be written again, and each such trouble is reported. Any thread may call.
public final class Journal: Sendable {
    /// How long the beginning waits for the file to say which id was the last. Without it ids are taken from the clock.
    private static let openingLimit = Duration.seconds(1)

    struct State: Sendable {
        /// What the next event gets; nil until that is known.
        var nextID: Int64?
        var lastIncidentID: Int64 = 0
        var backlog = Backlog()
        var limits: JournalLimits
        /// A reader met damage.
        var damage: String?
        /// Events are given out no more, and the file is to be closed.
        var isClosing = false
        /// The writing thread has ended.
        var isClosed = false

        var lastID: Int64 { (nextID ?? 1) - 1 }
    }

    let path: String
    private let state: Monitor<State>
    private let reader: JournalReader

    /// The journal at `path`. `now` is the calendar's time, nanoseconds since 1970 in UTC; `report` is called on the
    /// journal's thread.
    public init(
        path: String, limits: JournalLimits = JournalLimits(), now: @escaping @Sendable () -> Int64 = Calendar.now,
        report: @escaping @Sendable (JournalReport) -> Void
    ) {
        self.path = path
        state = Monitor(State(limits: limits))
        reader = JournalReader(path: path)
        let writer = JournalWriter(path: path, state: state, reader: reader, now: now, report: report)
        if let problem = writer.start() {
            state.change { $0.isClosed = true }
            report(.trouble("the journal is only in memory: \(problem)", instead: nil))
        }
        _ = state.wait(Self.openingLimit) { $0.nextID != nil || $0.isClosed }
        // Microseconds are more than any count of events that came before.
        state.change { $0.nextID = $0.nextID ?? max(1, now() / 1_000) }
    }

    /// Takes an event and returns its id; the one it has is of no meaning.
    @discardableResult
    public func append(_ event: EventRecord) -> Int64 {
        state.change { state in
            var event = event
            event.id = state.nextID ?? 1
            state.nextID = event.id.addingClamped(1)
            state.backlog.add(event)
            return event.id
        }
    }

    /// Takes the newest picture of an incident, whose number its owner gives (see `lastIncidentID`).
    public func save(_ incident: IncidentRecord) {
        state.change { state in
            state.lastIncidentID = max(state.lastIncidentID, incident.id)
            state.backlog.add(incident)
        }
    }

    /// The largest number that an incident ever had; 0 before the first.
    public var lastIncidentID: Int64 { state.read(\.lastIncidentID) }

    /// The id of the newest event; 0 before the first.
    public var lastEventID: Int64 { state.read(\.lastID) }

    /// Changes how much is kept.
    public func configure(_ limits: JournalLimits) {
        guard state.read(\.limits) != limits else { return }
        state.change { $0.limits = limits }
    }

    /// Writes what is left and closes the file; gives up after `patience`. What comes later stays in memory.
    public func close(within patience: Duration) {
        state.change { $0.isClosing = true }
        _ = state.wait(patience) { $0.isClosed }
        reader.close()
    }

    // MARK: Reading

    /// Events that match, in the order asked for, each once, whether it is in the file or still in memory.
    public func events(_ query: EventQuery) -> [EventRecord] {
        // Memory first: what is written between the two looks is then in both, and not in neither.
        let memory = state.read(\.backlog.events)
        let file = fromFile { () throws(JournalError) in try reader.events(query) } ?? []
        return query.answer(file: file, memory: memory)
    }

    /// Waits until there is an event with an id larger than `id`, or `patience` is over; whether there is one.
    public func waitForEvent(after id: Int64, patience: Duration) -> Bool {
        state.wait(patience) { $0.lastID > id }
    }

    /// Incidents, the newest first, with ids smaller than `before` where that is given.
    public func incidents(before: Int64? = nil, limit: Int, onlyOpen: Bool = false) -> [IncidentRecord] {
        guard limit > 0 else { return [] }
        let memory = state.read(\.backlog.incidents)
        // As many more as memory may take away: those of which it knows better that they are not open any more.
        let wanted = min(limit, 10_000) + memory.count
        let file =
            fromFile { () throws(JournalError) in
                try reader.incidents(before: before, limit: wanted, onlyOpen: onlyOpen)
            } ?? []
        let newer = memory.values.filter { incident in
            (before.map { incident.id < $0 } ?? true) && (!onlyOpen || incident.state == .open)
        }
        let all = file.filter { memory[$0.id] == nil } + newer
        return Array(all.sorted { $0.id > $1.id }.prefix(limit))
    }

    /// One incident, or nil where there is none of that number.
    public func incident(_ id: Int64) -> IncidentRecord? {
        if let known = state.read({ $0.backlog.incidents[id] }) { return known }
        return fromFile { () throws(JournalError) in try reader.incident(id) } ?? nil
    }

    /// What the file says; nil where it cannot be read, which its writer is told of where it is for good.
    private func fromFile<Result>(_ body: () throws(JournalError) -> Result) -> Result? {
        do throws(JournalError) {
            return try body()
        } catch {
            if case .damaged(let reason) = error { state.change { $0.damage = reason } }
            return nil
        }
    }
}
