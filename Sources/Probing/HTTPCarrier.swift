internal import CCurl
internal import Platform
internal import Stack

/// Carries HTTP dialogues through libcurl's multi handle. Lives on the probe thread.
struct HTTPCarrier {
    private let multi: UnsafeMutableRawPointer
    private let report: @Sendable (ProbeReport) -> Void
    private var jobs: [UInt64: (job: ProbeJob, dialogue: any HTTPDialogue)] = [:]
    private var transfers: [UnsafeMutableRawPointer: HTTPTransfer] = [:]

    init(multi: UnsafeMutableRawPointer, report: @escaping @Sendable (ProbeReport) -> Void) {
        self.multi = multi
        self.report = report
    }

    mutating func start(_ job: ProbeJob, _ dialogue: any HTTPDialogue) {
        jobs[job.number] = (job, dialogue)
        proceed(job.number, after: nil)
    }

    mutating func cancel(_ number: UInt64) {
        guard jobs.removeValue(forKey: number) != nil else { return }
        for transfer in transfers.values where transfer.job == number { remove(transfer) }
    }

    mutating func cancelAll() {
        for number in Array(jobs.keys) { cancel(number) }
    }

    /// Lets libcurl work and deals with what is over.
    mutating func advance() {
        var running: Int32 = 0
        curl_multi_perform(multi, &running)
        var queued: Int32 = 0
        while let message = curl_multi_info_read(multi, &queued) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                let transfer = transfers[handle]
            else { continue }
            // The message is gone once its transfer is removed, so its code is taken first.
            let outcome = transfer.outcome(message.pointee.data.result)
            remove(transfer)
            switch outcome {
            case .success(let response): proceed(transfer.job, after: response)
            case .failure(let failure): finish(transfer.job, .failed(failure.reason))
            }
        }
    }

    private mutating func proceed(_ number: UInt64, after response: HTTPResponse?) {
        guard let (job, current) = jobs[number] else { return }
        var dialogue = current
        switch dialogue.next(after: response) {
        case .ask(let request):
            jobs[number] = (job, dialogue)
            send(request, of: job)
        case .verdict(let verdict):
            finish(number, verdict)
        }
    }

    private mutating func send(_ request: HTTPRequest, of job: ProbeJob) {
        let remaining = job.deadline - Instant.now()
        guard remaining > .zero else {
            return finish(job.number, .failed("timed out after \(Wording.duration(job.timeout)) (answer incomplete)"))
        }
        guard
            let transfer = HTTPTransfer(job: job, request: request, remaining: remaining),
            curl_multi_add_handle(multi, transfer.handle) == CURLM_OK
        else { return finish(job.number, .failed("the request cannot be made")) }
        transfers[transfer.handle] = transfer
    }

    private mutating func remove(_ transfer: HTTPTransfer) {
        curl_multi_remove_handle(multi, transfer.handle)
        transfers[transfer.handle] = nil
    }

    private mutating func finish(_ number: UInt64, _ verdict: Verdict) {
        guard let (job, _) = jobs.removeValue(forKey: number) else { return }
        report(ProbeReport(number: number, verdict: verdict, took: Instant.now() - job.started))
    }
}
