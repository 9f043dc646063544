internal import FoundationEssentials
public import Stack

/// A ticket as its holder sees it.
public struct TicketDocument: Hashable, Sendable, Encodable {
    /// The last answer.
    public struct Response: Hashable, Sendable, Encodable {
        /// Its status.
        public var status: UInt16
        /// Bytes of its body.
        public var bytes: UInt64
        /// Where it is; nil where its body is too long to be kept.
        public var url: String?
        /// Why it is nowhere.
        public var note: String?
    }

    /// How the path of every ticket begins.
    public static let prefix = "/.well-known/hale/tickets/"

    /// The ticket's name.
    public var ticket: TicketID
    /// Its path, at the port at which it was given.
    public var url: String
    /// Where its request is.
    public var state: TicketState
    /// The method of the request.
    public var method: String
    /// Its path and query.
    public var target: String
    /// Times that an instance was asked.
    public var attempts: Int
    /// When it was accepted, RFC 3339.
    public var acceptedAt: String
    /// When it came to its state, RFC 3339.
    public var changedAt: String
    /// When it is tried again, RFC 3339; nil where that is as soon as it may be, or never.
    public var nextAttemptAt: String?
    /// What became of the last attempt, where that was no success.
    public var reason: String?
    /// The last answer; nil where there has been none.
    public var response: Response?

    enum CodingKeys: String, CodingKey {
        case ticket, url, state, method, target, attempts, reason, response
        case acceptedAt = "accepted_at"
        case changedAt = "changed_at"
        case nextAttemptAt = "next_attempt_at"
    }

    /// That ticket.
    public init(_ ticket: Ticket) {
        self.ticket = ticket.id
        url = Self.prefix + ticket.id.description
        state = ticket.state
        method = ticket.method
        target = ticket.target
        attempts = ticket.attempts
        acceptedAt = Self.time(ticket.acceptedAt)
        changedAt = Self.time(ticket.changedAt)
        nextAttemptAt = ticket.state == .queued && ticket.dueAt > ticket.changedAt ? Self.time(ticket.dueAt) : nil
        reason = ticket.reason
        response = ticket.answer.map { answer in
            Response(
                status: answer.status, bytes: answer.length, url: answer.isKept ? url + "/response" : nil,
                note: answer.isKept ? nil : "its body is too large to be kept")
        }
    }

    /// As a JSON object, with a line end.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // All that is in it can be encoded.
        guard let data = try? encoder.encode(self) else { return "{}\n" }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private static func time(_ nanoseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(nanoseconds / 1_000_000) / 1_000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
