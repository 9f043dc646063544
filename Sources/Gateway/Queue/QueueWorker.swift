internal import CLinux
internal import Glibc
internal import Platform
internal import Queueing
internal import Stack
internal import Synchronization

/// The thread that has the disk: it keeps requests, answers questions about tickets and begins deliveries, so that the loop
/// never waits for any of that.
final class QueueWorker: Sendable {
    private static let interval = Duration.seconds(1)

    private struct State {
        var jobs: [QueueJob] = []
        var news: [QueueNews] = []
        var isStarted = false
        var isEnding = false
    }

    private let state = Mutex(State())
    /// Counts what there is to do for the thread.
    private let work = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
    /// Readable while there is news for the loop.
    let descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
    /// Readable once the thread has ended.
    private let ended = eventfd(0, Int32(EFD_CLOEXEC))

    deinit {
        close(work)
        close(descriptor)
        close(ended)
    }

    /// Has the thread do something. It is started when there is something to do for the first time.
    func post(_ job: QueueJob) {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            state.jobs.append(job)
            return !state.isStarted
        }
        // Without a thread nobody is answered; the next job tries it again.
        if isFirst {
            do { try DetachedThread.start { self.run() } } catch { state.withLock { $0.isStarted = false } }
        }
        Self.signal(work)
    }

    /// What there is to tell the loop.
    func takeNews() -> [QueueNews] {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
        return state.withLock { state in
            defer { state.news = [] }
            return state.news
        }
    }

    /// Has the thread end, and waits for that so long.
    func finish(milliseconds: Int32) {
        let isStarted = state.withLock { state in
            state.isEnding = true
            return state.isStarted
        }
        guard isStarted else { return }
        Self.signal(work)
        var watched = pollfd(fd: ended, events: Int16(POLLIN), revents: 0)
        poll(&watched, 1, milliseconds)
    }

    private static func signal(_ descriptor: Int32) {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    private func tell(_ news: QueueNews) {
        state.withLock { $0.news.append(news) }
        Self.signal(descriptor)
    }

    private func run() {
        let desks = QueueDesks { [unowned self] in tell($0) }
        var tidyAt = Instant.now()
        while true {
            var watched = pollfd(fd: work, events: Int16(POLLIN), revents: 0)
            poll(&watched, 1, desks.isEmpty ? -1 : 1_000)
            var count: UInt64 = 0
            _ = read(work, &count, 8)
            let (jobs, isEnding) = state.withLock { state in
                defer { state.jobs = [] }
                return (state.jobs, state.isEnding)
            }
            desks.carryOut(jobs) { self.start($0, $1, keeping: $2) }
            if tidyAt <= .now() {
                desks.tidy()
                tidyAt = .now() + Self.interval
            }
            desks.tellOfChanges()
            guard !isEnding else { break }
        }
        Self.signal(ended)
    }

    /// Speaks for the client of a delivery on a thread of its own.
    private func start(_ delivery: Delivery, _ request: [UInt8], keeping most: Int) {
        tell(.delivery(delivery))
        do {
            try DetachedThread.start { [self] in
                let outcome = delivery.carryOut(request, keeping: most)
                post(.ended(delivery.name, delivery.id, outcome))
            }
        } catch {
            post(.ended(delivery.name, delivery.id, .unavailable))
        }
    }
}

/// All queues, as the thread that has the disk knows them.
private final class QueueDesks {
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
