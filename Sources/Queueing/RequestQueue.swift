public import Platform
public import Stack

/// The requests that are kept for one port of one service, in a folder of their own.
///
/// What is accepted is on disk, and stays there until a service has answered it, it was tried as often as it may be, or it
/// has waited for too long. One process at a time delivers: the owner, who holds a lock on the folder. Others may accept
/// meanwhile, and the owner finds what they have written.
///
/// Belongs to one thread: all it does waits for the disk. Times are nanoseconds on the calendar, since 1970 in UTC.
public final class RequestQueue {
    let folder: String
    let files: QueueFiles
    let report: (String) -> Void
    var ledger = QueueLedger()
    /// The tickets of which the disk has yet to hear how they stand.
    var unwritten: Set<TicketID> = []
    private var lock: FileLock?
    /// The folder as it was when it was read last.
    var version: FileVersion?
    /// When that was.
    var readAt: Int64 = 0

    /// The queue in `folder`, which need not be there. `report` takes a sentence for the log.
    public init(folder: String, report: @escaping (String) -> Void) {
        self.folder = folder
        self.report = report
        files = QueueFiles(folder: folder)
        load()
    }

    /// Whether this process delivers.
    public var isOwner: Bool { lock != nil }

    /// Makes the folder where there is none, and becomes the owner, unless another process is. What died in the middle of an attempt is queued again.
    public func takeOver(at now: Int64) throws(SystemError) {
        guard lock == nil else { return }
        try makeFolder()
        lock = try FileLock(path: folder + "/lock")
        guard lock != nil else { return }
        // Another one may have been the owner until now, and knew better.
        ledger = QueueLedger()
        load()
        for id in ledger.line {
            guard var ticket = ledger[id], ticket.state == .delivering else { continue }
            ticket.enter(.queued, at: now)
            ledger.update(ticket)
        }
    }

    /// Leaves the deliveries to another process. None may be under way.
    public func handOver() {
        lock = nil
    }

    /// The ticket of that name; nil where there is none.
    public func ticket(_ id: TicketID) -> Ticket? {
        // The owner knows better than anybody else.
        isOwner ? ledger[id] : lookUp(id)
    }

    /// The last answer of that ticket's request; nil where there is none.
    public func response(_ id: TicketID) -> KeptResponse? {
        ticket(id).flatMap { files.response(of: $0) }
    }

    /// All tickets, as their requests came.
    public var tickets: [Ticket] { ledger.tickets.values.sorted { $0.sequence < $1.sequence } }

    /// How many there are and what they take.
    public var summary: QueueSummary {
        QueueSummary(
            counts: ledger.counts, bytes: ledger.waitingBytes + ledger.finishedBytes,
            hasDue: ledger.count(.queued) > 0)
    }
}

/// How many requests a queue has, and what they take.
public struct QueueSummary: Hashable, Sendable {
    /// Tickets, by the place of their state among all states.
    public var counts: [Int]
    /// Bytes of requests and answers.
    public var bytes: Int
    /// Whether there is something to deliver, now or later.
    public var hasDue: Bool

    /// How many tickets are in that state.
    public func counts(_ state: TicketState) -> Int {
        guard let place = TicketState.allCases.firstIndex(of: state), counts.indices.contains(place) else { return 0 }
        return counts[place]
    }
}
