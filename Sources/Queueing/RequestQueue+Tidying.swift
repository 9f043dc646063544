internal import Platform
public import Stack

extension RequestQueue {
    /// The folder's time is not exact enough to tell of everything.
    private static let rereading: Int64 = 30_000_000_000

    /// What is due now and then: ends what has waited for too long, forgets what ended long ago, takes over what another
    /// process has accepted and does what people want.
    public func tidy(_ policy: QueuePolicy, at now: Int64) {
        if FileVersion(folder) != version || !(0..<Self.rereading).contains(now &- readAt) {
            readAt = now
            load()
            if isOwner { carryOutOrders(at: now) }
        }
        guard isOwner else { return }
        for id in unwritten { if let ticket = ledger[id] { keep(ticket, durable: true) } }
        expire(policy, at: now)
        forgetFinished(policy, at: now)
    }

    private func expire(_ policy: QueuePolicy, at now: Int64) {
        // Those that came first need not have waited the longest, where a person has had some tried again.
        for id in ledger.line {
            guard var ticket = ledger[id], ticket.state == .queued,
                Self.hasPassed(policy.keep, since: ticket.waitsSince, at: now)
            else { continue }
            ticket.reason = ticket.reason ?? "its service was not back in time"
            finish(&ticket, .expired, at: now)
        }
    }

    private func forgetFinished(_ policy: QueuePolicy, at now: Int64) {
        while let first = ledger.finished.first, let ticket = ledger[first],
            ledger.finished.count > policy.count || Int64(ledger.finishedBytes) > policy.size
                || Self.hasPassed(policy.keep, since: ticket.changedAt, at: now)
        {
            forget(ticket)
        }
    }

    private static func hasPassed(_ duration: Duration, since start: Int64, at now: Int64) -> Bool {
        let (passed, overflow) = now.subtractingReportingOverflow(start)
        return !overflow && passed >= duration.nanoseconds
    }

    /// What people want is a file each, which whoever owns the queue finds; so it can be asked for while nobody does.
    private func carryOutOrders(at now: Int64) {
        for name in namesInFolder(folder) {
            guard let file = QueueFileName(name), file.kind == .retry || file.kind == .removal,
                let ticket = ledger.ticket(stem: file.stem)
            else { continue }
            removeFile("\(folder)/\(name)")
            if file.kind == .retry { tryAgain(ticket, at: now) } else { removeIfIdle(ticket) }
        }
    }

    private func removeIfIdle(_ ticket: Ticket) {
        if ticket.state != .delivering { forget(ticket) }
    }

    private func tryAgain(_ ticket: Ticket, at now: Int64) {
        var ticket = ticket
        switch ticket.state {
        case .delivering, .delivered: return
        case .queued: break
        case .failed, .expired: ticket.attempts = 0
        }
        ticket.dueAt = 0
        ticket.waitsSince = now
        ticket.enter(.queued, at: now)
        keep(ticket, durable: true)
    }
}

extension QueueLedger {
    fileprivate func ticket(stem: String) -> Ticket? {
        stem.split(separator: "-").last.flatMap { TicketID($0) }.flatMap { self[$0] }
    }
}
