internal import Queueing
internal import Stack
internal import Wire

/// The queue of a route.
typealias QueueName = GatewayConfiguration.Route.Name

/// The client's connection that waits for the disk. Another one may have its place by then, with another generation.
struct WaitingClient: Hashable {
    let place: Int32
    let generation: UInt32
}

/// What the loop asks of the thread that has the disk.
enum QueueJob: Sendable {
    /// There are these queues, and no others.
    case configure([QueueName: QueueTerms])
    /// To keep a request.
    case accept(QueueName, QueuedRequest, WaitingClient)
    /// To answer a question about a ticket.
    case look(QueueName, TicketID, TicketQuestion, WaitingClient)
    /// The route takes calls, and nobody waits there.
    case deliver(QueueName)
    /// An attempt is over.
    case ended(QueueName, TicketID, DeliveryOutcome)
    /// Another gateway takes over.
    case handOver
}

/// What the loop is told.
enum QueueNews: Sendable {
    /// What became of a request that was to be kept.
    case accepted(QueueingOutcome, WaitingClient)
    /// The answer to a question about a ticket.
    case looked(TicketReply, WaitingClient)
    /// A request is on its way to the gateway; as yet it is nobody's.
    case delivery(Delivery)
    /// What a queue has is something else now.
    case changed(QueueName, QueueReport)
    /// A sentence for the log.
    case sentence(String)
}

/// What became of a request that was to be kept.
enum QueueingOutcome: Sendable {
    /// It has a ticket at that path, which says this now.
    case ticket(url: String, String)
    /// There is no room for it.
    case full
    /// The disk does not take it, for that reason.
    case failed(String)

    init(_ acceptance: Acceptance) {
        switch acceptance {
        case .accepted(let ticket):
            let document = TicketDocument(ticket)
            self = .ticket(url: document.url, document.json)
        case .full: self = .full
        case .failed(let reason): self = .failed(reason)
        }
    }
}

/// What the holder of a ticket wants.
enum TicketQuestion: Sendable {
    case ticket
    case response
    case withdrawal
}

/// What it is told.
enum TicketReply: Sendable {
    case unknown
    case ticket(String)
    case response(KeptResponse)
    /// There is a ticket and no answer, or none that is kept.
    case noResponse(isTooLarge: Bool)
    case withdrawn(TicketID)
    case tooLate(String)
}

/// How a queue is kept and where.
struct QueueTerms: Hashable, Sendable {
    let folder: String
    let policy: QueuePolicy
}

/// What a queue has, and what has happened to it since the gateway started.
struct QueueReport: Hashable, Sendable {
    var summary: QueueSummary
    var accepted: UInt64 = 0
    var refused: UInt64 = 0
    var delivered: UInt64 = 0
    var failed: UInt64 = 0
    var expired: UInt64 = 0
}
