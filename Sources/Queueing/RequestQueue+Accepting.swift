internal import Platform
public import Stack

/// What became of a request that was to be kept.
public enum Acceptance: Hashable, Sendable {
    /// It is on disk, or was before.
    case accepted(Ticket)
    /// There are as many as there may be, or they take as much as they may.
    case full
    /// The disk does not take it, for that reason.
    case failed(String)
}

extension RequestQueue {
    /// Keeps requests. Those that are accepted outlive this process and a crash of the host; one that is known already, by
    /// its fingerprint, has the ticket it had.
    ///
    /// Several are written together as that costs the disk less.
    public func accept(_ requests: [QueuedRequest], _ policy: QueuePolicy, at now: Int64) -> [Acceptance] {
        var written: [Ticket] = []
        let results = requests.map { write($0, policy, &written, at: now) }
        guard !written.isEmpty else { return results }
        do {
            try files.sync()
            return results
        } catch {
            // Nobody may rely on what a crash could take away.
            for ticket in written { forget(ticket) }
            let lost = Set(written.map(\.id))
            return results.map { result in
                if case .accepted(let ticket) = result, lost.contains(ticket.id) { return .failed("\(error)") }
                return result
            }
        }
    }

    private func write(
        _ request: QueuedRequest, _ policy: QueuePolicy, _ written: inout [Ticket], at now: Int64
    ) -> Acceptance {
        if let known = ledger.same(as: request.fingerprint) { return .accepted(known) }
        guard ledger.line.count < policy.count,
            Int64(ledger.waitingBytes) + Int64(request.bytes.count) <= policy.size
        else { return .full }
        let sequence = max(ledger.lastSequence &+ 1, UInt64(clamping: now))
        let ticket = Ticket(request, id: TicketID(), sequence: sequence, at: now)
        do {
            try makeFolder()
            try files.write(request, of: ticket)
        } catch {
            return .failed("\(error)")
        }
        ledger.set(ticket)
        written.append(ticket)
        return .accepted(ticket)
    }

    /// The folder of the port, that of the service and that of all queues may be new: each is an entry of the one above.
    func makeFolder() throws(SystemError) {
        guard !fileExists(folder) else { return }
        try makeFolders(folder, mode: 0o700)
        var path = Substring(folder)
        for _ in 0..<3 {
            guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
            path = path[..<slash]
            try syncFolder(String(path))
        }
    }

    func forget(_ ticket: Ticket) {
        files.removeAll(of: ticket)
        ledger.remove(ticket.id)
        unwritten.remove(ticket.id)
    }
}

/// What became of the wish to have a request back.
public enum Withdrawal: Hashable, Sendable {
    /// It will not be delivered.
    case withdrawn(Ticket)
    /// It is too late: an instance is being asked, or was.
    case tooLate(Ticket)
    /// There is no such ticket.
    case unknown
}

extension RequestQueue {
    /// Takes a request that waits out of the queue; its ticket is gone.
    public func withdraw(_ id: TicketID) -> Withdrawal {
        guard let ticket = ticket(id) else { return .unknown }
        // Of what another process delivers nobody else can say that it does not do so in this moment.
        guard isOwner, ticket.state == .queued else { return .tooLate(ticket) }
        forget(ticket)
        try? files.sync()
        return .withdrawn(ticket)
    }
}
