internal import Queueing
internal import Stack

/// Requests that are kept, for people.
enum QueueTable {
    /// `now` is nanoseconds since 1970.
    static func text(_ queued: [QueuedTicket], at now: Int64, style: Style) -> String {
        var table = TextTable(
            header: ["TICKET", "SERVICE", "PORT", "STATE", "AGE", "ATTEMPTS", "SIZE", "REQUEST", "NOTE"])
        table.rows = queued.map { entry in
            let ticket = entry.ticket
            return [
                .init("\(ticket.id)"), .init(entry.service), .init("\(entry.port)"),
                .init(ticket.state.rawValue, paint(ticket.state)),
                .init(TimeText.age(Double(now - ticket.acceptedAt) / 1e9)), .init("\(ticket.attempts)"),
                .init(ByteSize.format(Int64(ticket.size))), .init("\(ticket.method) \(ticket.target)"),
                .init(note(ticket, at: now)),
            ]
        }
        return table.rendered(style)
    }

    /// `answered with 503, again in 8s`.
    private static func note(_ ticket: Ticket, at now: Int64) -> String {
        let again: String? =
            ticket.state == .queued && ticket.dueAt > now
            ? "again in \(TimeText.age(Double(ticket.dueAt - now) / 1e9))" : nil
        let answer: String? = ticket.state == .delivered ? ticket.answer.map { "answered with \($0.status)" } : nil
        return [ticket.reason, answer, again].compactMap { $0 }.joined(separator: ", ")
    }

    private static func paint(_ state: TicketState) -> Style.Paint {
        switch state {
        case .queued, .delivering: .yellow
        case .delivered: .green
        case .failed, .expired: .red
        }
    }
}
