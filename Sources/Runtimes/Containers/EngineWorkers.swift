internal import Platform
internal import Synchronization

/// Threads that wait for an engine, a few at a time. What belongs together is done one after the other.
final class EngineWorkers: Sendable {
    typealias Work = @Sendable () -> Void

    private struct Queues {
        /// What is to be done after what is being done, by what belongs together.
        var waiting: [String: [Work]] = [:]
        /// What may be begun, with what it belongs to.
        var ready: [(key: String, work: Work)] = []
        var threads = 0
    }

    private let limit: Int
    private let queues = Mutex(Queues())

    /// At most that many threads.
    init(limit: Int) {
        self.limit = limit
    }

    /// Has `work` done after all that was posted before with the same key.
    func post(_ key: String, _ work: @escaping Work) {
        let needsThread = queues.withLock { queues in
            if queues.waiting[key] != nil {
                queues.waiting[key]?.append(work)
                return false
            }
            queues.waiting[key] = []
            queues.ready.append((key, work))
            guard queues.threads < limit else { return false }
            queues.threads += 1
            return true
        }
        if needsThread { DetachedThread.run { self.run() } }
    }

    private func run() {
        while let (key, work) = next() {
            work()
            finish(key)
        }
    }

    private func next() -> (key: String, work: Work)? {
        queues.withLock { queues in
            guard !queues.ready.isEmpty else {
                queues.threads -= 1
                return nil
            }
            return queues.ready.removeFirst()
        }
    }

    private func finish(_ key: String) {
        queues.withLock { queues in
            guard var rest = queues.waiting[key], !rest.isEmpty else {
                queues.waiting[key] = nil
                return
            }
            queues.ready.append((key, rest.removeFirst()))
            queues.waiting[key] = rest
        }
    }
}
