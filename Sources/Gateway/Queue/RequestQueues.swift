internal import Queueing

/// What the loop knows of the queues of its routes, and its way to the thread that has the disk.
final class RequestQueues {
    /// Where they are.
    let folder: String
    /// What each of them has.
    private(set) var reports: [QueueName: QueueReport] = [:]
    /// When to look which routes take deliveries; nanoseconds on the monotonic clock, `max` where nothing waits for that.
    var lookAt = Int64.max
    /// When the log last heard that requests are not kept.
    var complainedAt: Int64?
    private let worker = QueueWorker()
    private var terms: [QueueName: QueueTerms] = [:]

    /// The queues in that folder. Nothing is done there until a route has one.
    init(folder: String) {
        self.folder = folder
    }

    /// Readable while there is news.
    var descriptor: Int32 { worker.descriptor }

    /// Has exactly these queues; whether that is news.
    func configure(_ terms: [QueueName: QueueTerms]) -> Bool {
        guard terms != self.terms else { return false }
        self.terms = terms
        worker.post(.configure(terms))
        return true
    }

    /// Whether there is that queue.
    func has(_ name: QueueName) -> Bool { terms[name] != nil }

    func post(_ job: QueueJob) { worker.post(job) }

    func takeNews() -> [QueueNews] { worker.takeNews() }

    func note(_ report: QueueReport, of name: QueueName) { reports[name] = report }

    /// Ends the thread, for which it waits a second at most.
    func finish() { worker.finish(milliseconds: 1_000) }
}
