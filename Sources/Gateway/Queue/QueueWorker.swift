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
