public import Stack

/// A request that was kept for later, but for its bytes: what it asks for, and what has become of it.
///
/// Times are nanoseconds on the calendar, since 1970 in UTC.
public struct Ticket: Hashable, Sendable, Codable {
    /// What is known of the last answer to it.
    public struct Answer: Hashable, Sendable, Codable {
        /// The status.
        public var status: UInt16
        /// Bytes of the body.
        public var length: UInt64
        /// Whether the body is kept; one that is too long is not.
        public var isKept: Bool
        /// Bytes that it takes on disk.
        var size = 0
    }

    /// Its name.
    public let id: TicketID
    /// Its place in the order of arrival: a lower one came earlier.
    public let sequence: UInt64
    /// The method.
    public let method: String
    /// Path and query.
    public let target: String
    /// The same for requests that are one and the same by what their client says; nil where it says nothing.
    public let fingerprint: String?
    /// Bytes of the request, its head included.
    public let size: Int
    /// Bytes of the head.
    public let headLength: Int
    /// When it was accepted.
    public let acceptedAt: Int64
    let digest: UInt64
    /// Where it is.
    public var state = TicketState.queued
    /// When it came there.
    public var changedAt: Int64
    /// Since when it waits for the instances to be asked; that is later than `acceptedAt` where a person tries it again.
    var waitsSince: Int64
    /// Times that an instance was asked.
    public var attempts = 0
    /// When it may be tried again.
    public var dueAt: Int64 = 0
    /// Whether those behind it wait for that, as it is the service that fails and not the request.
    var keepsPlace = false
    /// What became of the last attempt, where that was no success.
    public var reason: String?
    /// The last answer; nil where there has been none.
    public var answer: Answer?

    /// One that was just accepted.
    init(_ request: QueuedRequest, id: TicketID, sequence: UInt64, at now: Int64) {
        self.id = id
        self.sequence = sequence
        method = request.method
        target = request.target
        fingerprint = request.fingerprint
        size = request.bytes.count
        headLength = request.headLength
        digest = StableHash(request.bytes).value
        acceptedAt = now
        changedAt = now
        waitsSince = now
    }

    mutating func enter(_ state: TicketState, at now: Int64) {
        self.state = state
        changedAt = now
    }

    /// What its files are called, without what follows the last dot. Names sort as requests came.
    var stem: String {
        let digits = String(sequence)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + "-" + id.description
    }
}

/// A request to be kept for later.
public struct QueuedRequest: Hashable, Sendable {
    /// The method.
    public var method: String
    /// Path and query, as text.
    public var target: String
    /// What tells the request from every other one, but for its body; nil where its client does not say.
    public var identity: [UInt8]?
    /// Bytes of the head, with the empty line.
    public var headLength: Int
    /// Head and body as they are to be sent.
    public var bytes: [UInt8]

    /// The same for requests that are one and the same by what their client says; nil where it says nothing. One that has
    /// another body is another one, whatever its client says.
    var fingerprint: String? {
        guard let identity else { return nil }
        let body = bytes.dropFirst(headLength)
        var (front, back) = (StableHash(identity), StableHash(body))
        front.add(body)
        back.add(identity)
        return front.value.sixteenDigits + back.value.sixteenDigits
    }

    /// That request.
    public init(method: String, target: String, identity: [UInt8]? = nil, headLength: Int, bytes: [UInt8]) {
        self.method = method
        self.target = target
        self.identity = identity
        self.headLength = headLength
        self.bytes = bytes
    }
}

/// What a service has answered to a request that was kept for it.
public struct KeptResponse: Hashable, Sendable {
    /// The status.
    public var status: UInt16
    /// Its field lines, each with its line end, but for those of one hop and of its length.
    public var fields: [UInt8]
    /// Its body; nil where that is too long to be kept.
    public var body: [UInt8]?
    /// Bytes of the body.
    public var length: UInt64

    /// That answer.
    public init(status: UInt16, fields: [UInt8], body: [UInt8]?, length: UInt64) {
        self.status = status
        self.fields = fields
        self.body = body
        self.length = length
    }
}

/// How an attempt to deliver a request went.
public enum DeliveryOutcome: Hashable, Sendable {
    /// The service has answered; `retryAfter` is when it wants to be asked again.
    case answered(KeptResponse, retryAfter: Duration?)
    /// An instance was asked and has broken off, or not answered in time.
    case brokeOff(String)
    /// Nobody was asked, as nobody takes calls.
    case unavailable
    /// The gateway does not let it through, today and tomorrow.
    case refused(String)
}
