internal import Platform
public import Stack

extension RequestQueue {
    /// Whose turn it is; nil where nobody's is, yet.
    ///
    /// Requests go in the order of arrival. One that the service answered with a failure lets others go before it is tried
    /// again; one at which an instance broke off keeps its place, as it is the service that is in trouble.
    public func next(at now: Int64) -> Ticket? {
        guard isOwner else { return nil }
        for id in ledger.line {
            guard let ticket = ledger[id], ticket.state == .queued else { continue }
            if DeliveryBackoff.isDue(ticket.dueAt, at: now) { return ticket }
            if ticket.keepsPlace { return nil }
        }
        return nil
    }

    /// Notes that an instance is being asked, and gives what it is asked; nil, and the request is set aside, where the disk
    /// has spoilt it.
    public func begin(_ id: TicketID, at now: Int64) -> (ticket: Ticket, bytes: [UInt8])? {
        guard isOwner, var ticket = ledger[id], ticket.state == .queued else { return nil }
        guard let bytes = files.bytes(of: ticket) else {
            setAside(ticket, "its request is not what was accepted")
            return nil
        }
        ticket.enter(.delivering, at: now)
        ticket.attempts += 1
        keep(ticket, durable: false)
        return (ticket, bytes)
    }

    /// Notes how the attempt went; how the ticket stands now, or nil where there is none any more.
    @discardableResult
    public func end(_ id: TicketID, _ outcome: DeliveryOutcome, _ policy: QueuePolicy, at now: Int64) -> Ticket? {
        guard var ticket = ledger[id], ticket.state == .delivering else { return nil }
        switch outcome {
        case .answered(let response, let retryAfter):
            ticket.reason = Self.isFailure(response.status) ? "answered with \(response.status)" : nil
            ticket.answer = answer(response, of: ticket)
            guard Self.isFailure(response.status) else {
                finish(&ticket, .delivered, at: now)
                break
            }
            failed(&ticket, policy, retryAfter: retryAfter, keepsPlace: false, at: now)
        case .brokeOff(let reason):
            ticket.reason = reason
            failed(&ticket, policy, retryAfter: nil, keepsPlace: true, at: now)
        case .unavailable:
            ticket.attempts -= 1
            ticket.enter(.queued, at: now)
            keep(ticket, durable: false)
        case .refused(let reason):
            ticket.reason = reason
            finish(&ticket, .failed, at: now)
        }
        return ticket
    }

    /// Whether another attempt may have another answer.
    private static func isFailure(_ status: UInt16) -> Bool { status >= 500 || status == 429 }

    private func failed(
        _ ticket: inout Ticket, _ policy: QueuePolicy, retryAfter: Duration?, keepsPlace: Bool, at now: Int64
    ) {
        guard ticket.attempts < policy.attempts else { return finish(&ticket, .failed, at: now) }
        ticket.enter(.queued, at: now)
        ticket.keepsPlace = keepsPlace
        ticket.dueAt = DeliveryBackoff.due(afterAttempts: ticket.attempts, retryAfter: retryAfter, at: now)
        keep(ticket, durable: false)
    }

    private func answer(_ response: KeptResponse, of ticket: Ticket) -> Ticket.Answer {
        var answer = Ticket.Answer(
            status: response.status, length: response.length, isKept: response.body != nil)
        do {
            answer.size = try files.write(response, of: ticket)
        } catch {
            answer.isKept = false
            files.remove(ticket, .response)
            report("the answer to a queued request is not kept: \(error)")
        }
        return answer
    }

    /// Nothing more happens to it by itself. The request goes after its end is written down: should all end in between, it
    /// is delivered once more and not lost.
    func finish(_ ticket: inout Ticket, _ state: TicketState, at now: Int64) {
        ticket.enter(state, at: now)
        keep(ticket, durable: true)
    }

    /// Writes down how a ticket stands, now or as soon as the disk takes it.
    func keep(_ ticket: Ticket, durable: Bool) {
        ledger.update(ticket)
        do {
            try files.write(ticket, durable: durable)
            if durable { try files.sync() }
            unwritten.remove(ticket.id)
        } catch {
            if unwritten.isEmpty { report("how queued requests stand cannot be written down: \(error)") }
            unwritten.insert(ticket.id)
            return
        }
        if ticket.state == .delivered { files.remove(ticket, .request) }
    }
}

/// How long a request waits for its next attempt.
enum DeliveryBackoff {
    private static let first: Int64 = 1_000_000_000
    private static let longest: Int64 = 60 * first
    /// However long a service wants to be left alone.
    private static let longestByService: Int64 = 3_600 * first

    /// One second after the first attempt, then twice as long each time up to a minute; later where the service says so, up
    /// to an hour.
    static func due(afterAttempts attempts: Int, retryAfter: Duration?, at now: Int64) -> Int64 {
        let wait = min(first << Int64(min(max(attempts - 1, 0), 6)), longest)
        let wish = min(max(retryAfter?.nanoseconds ?? 0, 0), longestByService)
        let (due, overflow) = now.addingReportingOverflow(max(wait, wish))
        return overflow ? .max : due
    }

    /// Whether that has come; it has, too, where the calendar was set back since.
    static func isDue(_ due: Int64, at now: Int64) -> Bool {
        due <= now || due.subtractingReportingOverflow(now).partialValue > longestByService
    }
}
