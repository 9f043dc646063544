internal import Stack

/// All tickets of a queue, by name, in their order and counted.
struct QueueLedger {
    private(set) var tickets: [TicketID: Ticket] = [:]
    /// Those that are not finished, in the order of arrival.
    private(set) var line: [TicketID] = []
    /// The others, those that finished first before those after them.
    private(set) var finished: [TicketID] = []
    /// Bytes of the requests in `line`.
    private(set) var waitingBytes = 0
    /// Bytes that `finished` take.
    private(set) var finishedBytes = 0
    private(set) var counts = [Int](repeating: 0, count: TicketState.allCases.count)
    private var fingerprints: [String: TicketID] = [:]
    private(set) var lastSequence: UInt64 = 0

    subscript(_ id: TicketID) -> Ticket? { tickets[id] }

    /// How many are in that state.
    func count(_ state: TicketState) -> Int { counts[Self.place(state)] }

    /// The one whose request is the same by what its client says, unless it came to nothing.
    func same(as fingerprint: String?) -> Ticket? {
        guard let fingerprint, let id = fingerprints[fingerprint], let ticket = tickets[id] else { return nil }
        switch ticket.state {
        case .queued, .delivering, .delivered: return ticket
        case .failed, .expired: return nil
        }
    }

    /// Adds a ticket, or takes over what has changed of it.
    mutating func set(_ ticket: Ticket) {
        remove(ticket.id)
        tickets[ticket.id] = ticket
        counts[Self.place(ticket.state)] += 1
        lastSequence = max(lastSequence, ticket.sequence)
        if let fingerprint = ticket.fingerprint, same(as: fingerprint) == nil { fingerprints[fingerprint] = ticket.id }
        if ticket.state.isFinished {
            finishedBytes += ticket.sizeFinished
            let place = Self.place(in: finished) { self.isBefore($0, ticket) }
            finished.insert(ticket.id, at: place)
        } else {
            waitingBytes += ticket.size
            let place = Self.place(in: line) { self.tickets[$0].map { $0.sequence < ticket.sequence } ?? true }
            line.insert(ticket.id, at: place)
        }
    }

    private func isBefore(_ id: TicketID, _ ticket: Ticket) -> Bool {
        guard let other = tickets[id] else { return true }
        return (other.changedAt, other.sequence) < (ticket.changedAt, ticket.sequence)
    }

    /// Takes over what has changed of a ticket that stays where it is in its line.
    mutating func update(_ ticket: Ticket) {
        guard let before = tickets[ticket.id], !before.state.isFinished, !ticket.state.isFinished else {
            return set(ticket)
        }
        counts[Self.place(before.state)] -= 1
        counts[Self.place(ticket.state)] += 1
        tickets[ticket.id] = ticket
    }

    mutating func remove(_ id: TicketID) {
        guard let ticket = tickets.removeValue(forKey: id) else { return }
        counts[Self.place(ticket.state)] -= 1
        if let fingerprint = ticket.fingerprint, fingerprints[fingerprint] == id { fingerprints[fingerprint] = nil }
        if ticket.state.isFinished {
            finishedBytes -= ticket.sizeFinished
            if let place = finished.firstIndex(of: id) { finished.remove(at: place) }
        } else {
            waitingBytes -= ticket.size
            if let place = line.firstIndex(of: id) { line.remove(at: place) }
        }
    }

    private static func place(_ state: TicketState) -> Int { TicketState.allCases.firstIndex(of: state) ?? 0 }

    /// Where one belongs behind all that are before it; most come last.
    private static func place(in line: [TicketID], _ isBefore: (TicketID) -> Bool) -> Int {
        if let last = line.last, isBefore(last) { return line.count }
        var (low, high) = (0, line.count)
        while low < high {
            let middle = low + (high - low) / 2
            if isBefore(line[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Ticket {
    /// Bytes that it takes once it is finished: a request that came to nothing is kept, as a person may try it again.
    var sizeFinished: Int {
        (answer?.size ?? 0) + (state == .delivered ? 0 : size)
    }
}
