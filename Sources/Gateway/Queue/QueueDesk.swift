internal import Platform
internal import Queueing
internal import Stack

/// One queue and its deliveries, on the thread that has the disk.
final class QueueDesk {
    private static let shortestPause: Int64 = 200_000_000
    private static let longestPause: Int64 = 10_000_000_000

    let queue: RequestQueue
    private let name: QueueName
    private(set) var terms: QueueTerms
    /// Whether the configuration has it. One that it has no longer keeps what it has.
    private(set) var isConfigured = true
    private(set) var report: QueueReport
    /// The one that was told last.
    private var reported: QueueReport?
    /// Attempts under way.
    private(set) var underWay = 0
    /// How many there may be: one at first and after each failure, and one more for each that goes well.
    private var allowed = 1
    private var failuresInARow = 0
    /// Until when nobody is asked, as the last ones failed: nanoseconds since the host started.
    private var pausedUntil = Instant.zero
    /// Whether the route took calls when that was last heard of.
    private var isOpen = false
    /// Whether another gateway is to deliver.
    private var isLeaving = false

    init(_ name: QueueName, _ terms: QueueTerms, report: @escaping (String) -> Void) {
        self.name = name
        self.terms = terms
        queue = RequestQueue(folder: terms.folder) { report("\(name.service):\(name.target): queued requests: \($0)") }
        self.report = QueueReport(summary: queue.summary)
    }

    /// Goes on as these say; nil is that no route has the queue.
    func configure(_ terms: QueueTerms?) {
        isConfigured = terms != nil
        if let terms { self.terms = terms }
    }

    func accept(_ requests: [QueuedRequest]) -> [Acceptance] {
        let before = queue.summary.counts.reduce(0, +)
        let results = queue.accept(requests, terms.policy, at: Calendar.now())
        report.accepted &+= UInt64(max(queue.summary.counts.reduce(0, +) - before, 0))
        for result in results {
            switch result {
            case .accepted: break
            case .full, .failed: report.refused &+= 1
            }
        }
        return results
    }

    /// What is due now and then. Returns a sentence where something is wrong.
    func tidy() -> String? {
        let expired = queue.summary.counts(.expired)
        defer { report.expired &+= UInt64(max(queue.summary.counts(.expired) - expired, 0)) }
        do throws(SystemError) {
            if isConfigured, !isLeaving { try queue.takeOver(at: Calendar.now()) }
        } catch {
            return "\(error)"
        }
        if isConfigured { queue.tidy(terms.policy, at: Calendar.now()) }
        return nil
    }

    /// Another gateway is to deliver as soon as nothing is under way here.
    func leave() {
        isLeaving = true
        if underWay == 0 { queue.handOver() }
    }

    /// The route takes calls.
    func open() { isOpen = true }

    /// The attempts that may begin now.
    func takeDue() -> [(delivery: Delivery, request: [UInt8])] {
        var due: [(delivery: Delivery, request: [UInt8])] = []
        while isOpen, isConfigured, !isLeaving, underWay < min(allowed, terms.policy.concurrency),
            pausedUntil <= .now(),
            let ticket = queue.next(at: Calendar.now())
        {
            guard let delivery = Delivery(name, ticket.id) else { break }
            // One that the disk has spoilt is none any more.
            guard let (begun, bytes) = queue.begin(ticket.id, at: Calendar.now()) else { continue }
            underWay += 1
            due.append((delivery, DeliveredRequest.bytes(bytes, of: begun)))
        }
        return due
    }

    /// An attempt is over.
    func end(_ id: TicketID, _ outcome: DeliveryOutcome) {
        underWay -= 1
        let ticket = queue.end(id, outcome, terms.policy, at: Calendar.now())
        switch ticket?.state {
        case .delivered: report.delivered &+= 1
        case .failed: report.failed &+= 1
        case .queued, .delivering, .expired, nil: break
        }
        switch outcome {
        case .answered where ticket?.state == .delivered:
            allowed = min(allowed + 1, terms.policy.concurrency)
            failuresInARow = 0
        case .answered, .brokeOff:
            allowed = 1
            pausedUntil =
                .now() + .nanoseconds(min(Self.shortestPause << Int64(min(failuresInARow, 8)), Self.longestPause))
            failuresInARow += 1
        case .unavailable:
            // The loop says when it does again; asking anew would turn in circles until then.
            isOpen = false
            allowed = 1
        case .refused:
            allowed = 1
        }
        if isLeaving, underWay == 0 { queue.handOver() }
    }

    /// The present report, where it is another one than it was.
    func takeReport() -> QueueReport? {
        let summary = queue.summary
        guard summary != report.summary || report != reported else { return nil }
        report.summary = summary
        reported = report
        return report
    }
}
