internal import CCurl
internal import Glibc
internal import Platform
internal import Stack
internal import Synchronization

/// The one thread on which all probes run, as many at a time as are asked for.
///
/// It is a thread of its own because libcurl brings its own waiting, and so that neither the hashing of a password
/// exchange nor a server's flood of bytes takes time from the thread that decides. Any thread may start and cancel
/// jobs. Reports come on this thread, one for each job that was not cancelled first; one that crosses its cancellation
/// may still come.
final class ProbeThread: Sendable {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private struct Inbox {
        var started: [ProbeJob] = []
        var cancelled: [UInt64] = []
        var isStopping = false
    }

    /// Unchecked: libcurl allows one thread at a time in a multi handle, but any thread in curl_multi_wakeup.
    private struct Multi: @unchecked Sendable {
        var handle: UnsafeMutableRawPointer
    }

    /// curl_global_init is not to be called twice at a time.
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private let inbox = Mutex(Inbox())
    private let multi: Multi
    private let thread: Mutex<pthread_t?> = Mutex(nil)
    private let report: @Sendable (ProbeReport) -> Void

    init(report: @escaping @Sendable (ProbeReport) -> Void) throws(Failure) {
        guard Self.isLibraryReady, let handle = curl_multi_init() else {
            throw Failure(description: "libcurl does not start")
        }
        multi = Multi(handle: handle)
        self.report = report
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(self)
        let result = pthread_create(&thread, nil, Self.main, argument.toOpaque())
        guard result == 0 else {
            argument.release()
            throw Failure(description: "no thread for probes: \(Wording.systemError(result))")
        }
        self.thread.withLock { $0 = thread }
    }

    deinit {
        curl_multi_cleanup(multi.handle)
    }

    func start(_ job: ProbeJob) {
        inbox.withLock { $0.started.append(job) }
        curl_multi_wakeup(multi.handle)
    }

    func cancel(_ number: UInt64) {
        inbox.withLock { $0.cancelled.append(number) }
        curl_multi_wakeup(multi.handle)
    }

    /// Drops all jobs and waits for the thread's end. Not to be called on it.
    func stop() {
        inbox.withLock { $0.isStopping = true }
        curl_multi_wakeup(multi.handle)
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let thread { pthread_join(thread, nil) }
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        guard let argument else { return nil }
        // Signals are for the thread that decides; and writing to a closed connection must not end the process.
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        Unmanaged<ProbeThread>.fromOpaque(argument).takeRetainedValue().run()
        return nil
    }

    private func run() {
        var talks = SocketCarrier(report: report)
        var dialogues = HTTPCarrier(multi: multi.handle, report: report)
        while let orders = takeOrders() {
            for job in orders.started {
                switch job.work {
                case .talk(let conversation, let port): talks.start(job, conversation, port: port)
                case .dialogue(let dialogue): dialogues.start(job, dialogue)
                case .impossible(let reason):
                    report(ProbeReport(number: job.number, verdict: .failed(reason), took: Instant.now() - job.started))
                }
            }
            for number in orders.cancelled {
                talks.cancel(number)
                dialogues.cancel(number)
            }
            dialogues.advance()
            wait(for: talks)
            talks.advance()
        }
        dialogues.cancelAll()
    }

    /// Nil when the thread is to end.
    private func takeOrders() -> Inbox? {
        let orders = inbox.withLock { inbox in
            defer { inbox = Inbox(isStopping: inbox.isStopping) }
            return inbox
        }
        return orders.isStopping ? nil : orders
    }

    /// Sleeps until a socket of either kind is ready, a deadline is reached or somebody calls.
    private func wait(for talks: SocketCarrier) {
        var sockets = talks.interests.map { curl_waitfd(fd: $0.descriptor, events: $0.curlEvents, revents: 0) }
        let nanoseconds = (talks.nextDeadline - Instant.now()).nanoseconds
        // Rounded up, lest the last millisecond be spent spinning; the upper bound is for a wake-up that is lost.
        let milliseconds = min(max(0, nanoseconds / 1_000_000 + 1), 10_000)
        curl_multi_poll(multi.handle, &sockets, UInt32(truncatingIfNeeded: sockets.count), Int32(milliseconds), nil)
    }
}
