internal import Compose
internal import Platform
internal import Queueing
internal import Stack

/// `hale queue`.
struct QueueCommand: Command {
    private enum Format: String, CaseIterable { case table, json }

    private enum Action {
        case list(service: String?)
        case order(QueueOrder, [TicketID])
    }

    private static let format = Option.value(
        "format", of: "FORMAT", help: "list: table (default) or json, one object a line", choices: Format.self)

    static let manual = Manual(
        verb: "queue", operands: "[list [SERVICE] | retry TICKET… | remove TICKET…]", operandCount: 0...Int.max,
        operandChoices: ["list", "retry", "remove"],
        summary: "List the requests that are kept for when their service is back",
        details: """
            A service whose x-hale.fallback has a queue accepts work while it is away. Without an operand everything is
            listed. 'retry' has a request tried again, now and as often as at first, whether it waits, has failed or has
            expired. 'remove' takes a request out of the queue, or forgets the ticket of one that is done with. Both are
            done within a second or two where Hale runs, else as soon as it does; one that an instance is asked for in
            that moment stays as it is. What requests hold is not shown.
            """,
        options: [format],
        examples: [
            .init(line: "hale queue", meaning: "what waits, what was delivered and what was given up"),
            .init(line: "hale queue list orders --format json", meaning: "those of one service, for a script"),
            .init(
                line: "hale queue retry 9f86d081884c7d659a2feaa0c55ad015", meaning: "have another go at what has failed"
            ),
        ])

    private let action: Action
    private let format: Format

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let format = try arguments.choice(Self.format, Format.self)
        self.format = format ?? .table
        let names = Array(arguments.operands.dropFirst())
        switch arguments.operands.first {
        case nil: action = .list(service: nil)
        case "list":
            guard names.count <= 1 else { throw UsageError("'queue list' takes one SERVICE") }
            action = .list(service: names.first)
        case "retry": action = .order(.retry, try Self.tickets(names, "retry"))
        case "remove": action = .order(.removal, try Self.tickets(names, "remove"))
        case let word?:
            throw UsageError(
                "'queue' takes list, retry or remove, not '\(word)'",
                suggestion: nearest(word, in: Self.manual.operandChoices))
        }
        if case .order = action, format != nil { throw UsageError("--format goes with 'queue list' alone") }
    }

    private static func tickets(_ names: [String], _ word: String) throws(UsageError) -> [TicketID] {
        guard !names.isEmpty else { throw UsageError("'queue \(word)' needs a TICKET") }
        var tickets: [TicketID] = []
        for name in names {
            guard let ticket = TicketID(name) else {
                throw UsageError("'\(name)' is no ticket: 32 hexadecimal digits, as 'hale queue' lists them")
            }
            tickets.append(ticket)
        }
        return tickets
    }

    func run(in session: Session) throws -> ExitCode {
        let folders = QueueFolder.all(in: try session.locations().queues)
        switch action {
        case .list(let service): try list(folders.filter { service == nil || $0.service == service }, session.console)
        case .order(let order, let tickets):
            for id in tickets { try session.console.print(try Self.carryOut(order, id, folders) + "\n") }
        }
        return .success
    }

    private func list(_ folders: [QueueFolder], _ console: Console) throws {
        let queued = folders.flatMap { folder in
            Self.queue(folder).tickets.map { QueuedTicket(service: folder.service, port: folder.port, ticket: $0) }
        }
        switch format {
        case .json:
            for entry in queued { try console.print(try entry.json + "\n") }
        case .table:
            guard !queued.isEmpty else { return console.note("hale: no requests are kept") }
            try console.print(QueueTable.text(queued, at: Calendar.now(), style: console.outputStyle))
        }
    }

    private static func queue(_ folder: QueueFolder) -> RequestQueue { RequestQueue(folder: folder.path) { _ in } }

    private static func carryOut(_ order: QueueOrder, _ id: TicketID, _ folders: [QueueFolder]) throws -> String {
        for folder in folders {
            let queue = queue(folder)
            guard let ticket = queue.ticket(id) else { continue }
            switch (order, ticket.state) {
            case (.retry, .delivered): throw CommandFailure("\(id) was delivered; there is nothing to try again")
            case (_, .delivering): throw CommandFailure("\(id) is being delivered in this moment; ask again later")
            case (.retry, _), (.removal, _): break
            }
            try queue.order(order, ticket)
            return order == .retry ? "\(id) is tried again" : "\(id) is removed"
        }
        throw CommandFailure("there is no ticket '\(id)'; 'hale queue' lists those there are")
    }
}

/// A ticket with where it is from.
struct QueuedTicket {
    let service: String
    let port: UInt16
    let ticket: Ticket

    private struct Document: Encodable {
        let service: String
        let port: UInt16
        let ticket: TicketDocument

        private enum Keys: String, CodingKey { case service, port }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(service, forKey: .service)
            try container.encode(port, forKey: .port)
            try ticket.encode(to: encoder)
        }
    }

    /// As a JSON object.
    var json: String {
        get throws {
            try JSONOutput.text(Document(service: service, port: port, ticket: TicketDocument(ticket)))
        }
    }
}
