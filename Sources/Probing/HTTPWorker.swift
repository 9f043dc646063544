internal import CCurl
internal import Glibc
internal import Stack
internal import Synchronization

/// One thread that carries HTTP dialogues through libcurl, as many at a time as are asked for.
///
/// Any thread may start and cancel jobs. Verdicts are reported on the worker's own thread, one for each job that was
/// not cancelled first; a report that crosses its cancellation may still come.
final class HTTPWorker: Sendable {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private struct Inbox {
        var started: [Job] = []
        var cancelled: [UInt64] = []
        var isStopping = false
    }

    fileprivate struct Job {
        var number: UInt64
        var dialogue: any HTTPDialogue
        var address: String
        var timeout: Duration
        /// When it must be over.
        var deadline: Instant
    }

    /// libcurl allows one thread at a time in a multi handle and any thread in curl_multi_wakeup.
    private struct Multi: @unchecked Sendable {
        var handle: UnsafeMutableRawPointer
    }

    /// curl_global_init is not to be called twice at a time.
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private let inbox = Mutex(Inbox())
    private let multi: Multi
    private let thread: Mutex<pthread_t?> = Mutex(nil)
    private let report: @Sendable (UInt64, Verdict) -> Void

    init(report: @escaping @Sendable (UInt64, Verdict) -> Void) throws {
        guard Self.isLibraryReady, let handle = curl_multi_init() else {
            throw Failure(description: "libcurl does not start")
        }
        multi = Multi(handle: handle)
        self.report = report
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(self)
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<HTTPWorker>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        guard result == 0 else {
            argument.release()
            throw Failure(description: "no thread for HTTP probes: \(Wording.systemError(result))")
        }
        self.thread.withLock { $0 = thread }
    }

    deinit {
        curl_multi_cleanup(multi.handle)
    }

    func start(_ number: UInt64, _ dialogue: any HTTPDialogue, address: String, timeout: Duration) {
        let job = Job(
            number: number, dialogue: dialogue, address: address, timeout: timeout, deadline: Self.now() + timeout)
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

    static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    private func run() {
        var loop = HTTPLoop(multi: multi.handle, report: report)
        while true {
            let orders = inbox.withLock { inbox in
                defer { inbox = Inbox(isStopping: inbox.isStopping) }
                return inbox
            }
            guard !orders.isStopping else { break }
            for job in orders.started { loop.start(job) }
            for number in orders.cancelled { loop.cancel(number) }
            loop.turn()
        }
        loop.cancelAll()
    }
}

/// The worker thread's own: jobs, their transfers, and libcurl's multi handle.
private struct HTTPLoop {
    let multi: UnsafeMutableRawPointer
    let report: @Sendable (UInt64, Verdict) -> Void
    private var jobs: [UInt64: HTTPWorker.Job] = [:]
    private var transfers: [UnsafeMutableRawPointer: HTTPTransfer] = [:]

    init(multi: UnsafeMutableRawPointer, report: @escaping @Sendable (UInt64, Verdict) -> Void) {
        self.multi = multi
        self.report = report
    }

    mutating func start(_ job: HTTPWorker.Job) {
        jobs[job.number] = job
        advance(job.number, after: nil)
    }

    mutating func cancel(_ number: UInt64) {
        jobs[number] = nil
        for transfer in transfers.values where transfer.job == number { remove(transfer) }
    }

    mutating func cancelAll() {
        for number in Array(jobs.keys) { cancel(number) }
    }

    /// Lets libcurl work, deals with what is over, then waits for more to do or a wake-up.
    mutating func turn() {
        var running: Int32 = 0
        curl_multi_perform(multi, &running)
        var queued: Int32 = 0
        while let message = curl_multi_info_read(multi, &queued) {
            // The message is gone once its transfer is.
            let code = message.pointee.data.result
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                let transfer = transfers[handle]
            else { continue }
            let outcome = transfer.outcome(code)
            remove(transfer)
            switch outcome {
            case .success(let response): advance(transfer.job, after: response)
            case .failure(let failure): finish(transfer.job, .failed(failure.reason))
            }
        }
        // The bound is only for the case that a wake-up is lost; libcurl's own timers shorten it.
        curl_multi_poll(multi, nil, 0, 10_000, nil)
    }

    private mutating func advance(_ number: UInt64, after response: HTTPResponse?) {
        guard var job = jobs[number] else { return }
        switch job.dialogue.next(after: response) {
        case .ask(let request):
            jobs[number] = job
            send(request, of: job)
        case .verdict(let verdict):
            finish(number, verdict)
        }
    }

    private mutating func send(_ request: HTTPRequest, of job: HTTPWorker.Job) {
        let remaining = job.deadline - HTTPWorker.now()
        guard remaining > .zero else {
            return finish(job.number, .failed("timed out after \(Wording.duration(job.timeout)) (answer incomplete)"))
        }
        guard
            let transfer = HTTPTransfer(
                job: job.number, request: request, address: job.address, remaining: remaining, timeout: job.timeout),
            curl_multi_add_handle(multi, transfer.handle) == CURLM_OK
        else { return finish(job.number, .failed("the request cannot be made")) }
        transfers[transfer.handle] = transfer
    }

    private mutating func remove(_ transfer: HTTPTransfer) {
        curl_multi_remove_handle(multi, transfer.handle)
        transfers[transfer.handle] = nil
    }

    private mutating func finish(_ number: UInt64, _ verdict: Verdict) {
        jobs[number] = nil
        report(number, verdict)
    }
}
