internal import Queueing
internal import Stack

/// All queues, as the thread that has the disk knows them.
final class QueueDesks {
    private var desks: [QueueName: QueueDesk] = [:]
    private var troubles: [QueueName: String] = [:]
    private var isLeaving = false
    private let tell: (QueueNews) -> Void

    init(tell: @escaping (QueueNews) -> Void) {
        self.tell = tell
    }

    var isEmpty: Bool { desks.isEmpty }

    /// Does all that was asked for; `start` begins a delivery.
    func carryOut(_ jobs: [QueueJob], start: (Delivery, [UInt8], _ keeping: Int) -> Void) {
        // What is asked of a queue is asked after it is known.
        for case .configure(let terms) in jobs { configure(terms) }
        accept(jobs)
        for job in jobs {
            switch job {
            case .accept, .configure: break
            case .look(let name, let id, let question, let client):
                tell(.looked(look(name, id, question), client))
            case .deliver(let name):
                desks[name]?.open()
                begin(name, start: start)
            case .ended(let name, let id, let outcome):
                desks[name]?.end(id, outcome)
                begin(name, start: start)
            case .handOver:
                isLeaving = true
                for desk in desks.values { desk.leave() }
            }
        }
    }

    /// Those that have come together are written together.
    private func accept(_ jobs: [QueueJob]) {
        var requests: [QueueName: [(QueuedRequest, WaitingClient)]] = [:]
        for job in jobs {
            guard case .accept(let name, let request, let client) = job else { continue }
            requests[name, default: []].append((request, client))
        }
        for (name, requests) in requests {
            guard let desk = desks[name] else {
                for (_, client) in requests { tell(.accepted(.failed("there is no such queue"), client)) }
                continue
            }
            for (result, (_, client)) in zip(desk.accept(requests.map(\.0)), requests) {
                tell(.accepted(QueueingOutcome(result), client))
            }
        }
    }

    private func configure(_ terms: [QueueName: QueueTerms]) {
        for (name, desk) in desks { desk.configure(terms[name]) }
        for (name, terms) in terms where desks[name] == nil {
            let desk = QueueDesk(name, terms) { [tell] in tell(.sentence($0)) }
            if isLeaving { desk.leave() }
            desks[name] = desk
            tidy(name, desk)
        }
    }

    private func begin(_ name: QueueName, start: (Delivery, [UInt8], _ keeping: Int) -> Void) {
        guard let desk = desks[name] else { return }
        for (delivery, request) in desk.takeDue() {
            start(delivery, request, Int(clamping: desk.terms.policy.body))
        }
    }

    private func look(_ name: QueueName, _ id: TicketID, _ question: TicketQuestion) -> TicketReply {
        guard let queue = desks[name]?.queue, let ticket = queue.ticket(id) else { return .unknown }
        switch question {
        case .ticket: return .ticket(TicketDocument(ticket).json)
        case .response:
            guard let response = queue.response(id) else { return .noResponse(isTooLarge: false) }
            return response.body == nil ? .noResponse(isTooLarge: true) : .response(response)
        case .withdrawal:
            switch queue.withdraw(id) {
            case .withdrawn(let ticket): return .withdrawn(ticket.id)
            case .tooLate(let ticket): return .tooLate(TicketDocument(ticket).json)
            case .unknown: return .unknown
            }
        }
    }

    func tidy() {
        for (name, desk) in desks { tidy(name, desk) }
    }

    private func tidy(_ name: QueueName, _ desk: QueueDesk) {
        let trouble = desk.tidy()
        if let trouble, troubles[name] != trouble {
            tell(.sentence("\(name.service):\(name.target): nothing that is queued is delivered: \(trouble)"))
        }
        troubles[name] = trouble
    }

    func tellOfChanges() {
        for (name, desk) in desks {
            if let report = desk.takeReport() { tell(.changed(name, report)) }
        }
    }
}
