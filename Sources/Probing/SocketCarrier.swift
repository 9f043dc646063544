internal import CCurl
internal import Glibc
internal import Platform
internal import Stack

/// Carries conversations over sockets. Lives on the probe thread.
struct SocketCarrier {
    /// A socket and what it waits for.
    struct Interest {
        var descriptor: Int32
        var writes: Bool

        var curlEvents: Int16 { Int16(CURL_WAIT_POLLIN) | (writes ? Int16(CURL_WAIT_POLLOUT) : 0) }
        var events: Int16 { Int16(POLLIN) | (writes ? Int16(POLLOUT) : 0) }
    }

    private let report: @Sendable (ProbeReport) -> Void
    private var talks: [UInt64: SocketTalk] = [:]

    init(report: @escaping @Sendable (ProbeReport) -> Void) {
        self.report = report
    }

    /// What to wait for, one for each talk.
    var interests: [Interest] {
        talks.values.map(\.interest)
    }

    var nextDeadline: Instant {
        talks.values.map(\.job.deadline).min() ?? .distantFuture
    }

    mutating func start(_ job: ProbeJob, _ conversation: any Conversation, port: UInt16) {
        do throws(SystemError) {
            talks[job.number] = try SocketTalk(job, conversation, port: port)
        } catch {
            finish(job, .failed(error.reason))
        }
    }

    mutating func cancel(_ number: UInt64) {
        talks[number] = nil
    }

    /// Lets each talk whose socket is ready go on, and ends those whose time is over.
    mutating func advance() {
        guard !talks.isEmpty else { return }
        let order = Array(talks.values)
        // libcurl's own waiting does not tell errors and hang-ups, so the kernel is asked again.
        var polled = order.map { pollfd(fd: $0.interest.descriptor, events: $0.interest.events, revents: 0) }
        poll(&polled, nfds_t(polled.count), 0)
        let now = Instant.now()
        for (talk, socket) in zip(order, polled) {
            if socket.revents != 0, let verdict = talk.advance() {
                finish(talk.job, verdict)
            } else if talk.job.deadline <= now {
                finish(talk.job, talk.timedOut)
            }
        }
    }

    private mutating func finish(_ job: ProbeJob, _ verdict: Verdict) {
        talks[job.number] = nil
        report(ProbeReport(number: job.number, verdict: verdict, took: Instant.now() - job.started))
    }
}

/// One conversation on its socket.
private final class SocketTalk {
    private enum State {
        case connecting
        case connected
        /// The server has said something.
        case answered
    }

    let job: ProbeJob
    private let socket: ProbeSocket
    private var conversation: any Conversation
    private var state = State.connecting
    private var outgoing: ArraySlice<UInt8> = []

    init(_ job: ProbeJob, _ conversation: any Conversation, port: UInt16) throws(SystemError) {
        self.job = job
        self.conversation = conversation
        socket = try ProbeSocket(address: job.address, port: port, network: job.network)
    }

    var interest: SocketCarrier.Interest {
        switch state {
        case .connecting: SocketCarrier.Interest(descriptor: socket.descriptor, writes: true)
        case .connected, .answered: SocketCarrier.Interest(descriptor: socket.descriptor, writes: !outgoing.isEmpty)
        }
    }

    var timedOut: Verdict {
        let progress =
            switch state {
            case .connecting: "not connected"
            case .connected: "connected, no answer"
            case .answered: "answer incomplete"
            }
        return .failed("timed out after \(Wording.duration(job.timeout)) (\(progress))")
    }

    /// Does what the socket is ready for; the verdict when there is one.
    func advance() -> Verdict? {
        switch state {
        case .connecting:
            let failure = socket.connectFailure()
            guard failure == 0 else { return .failed(Wording.systemError(failure)) }
            state = .connected
            return take(conversation.connected())
        case .connected, .answered:
            flush()
            return listen()
        }
    }

    /// Reads once: a flood of one server must not keep the others waiting.
    private func listen() -> Verdict? {
        switch socket.read() {
        case (.wouldBlock, _): return nil
        case (.end, _): return conversation.closed()
        case (.failed(let number), _): return .failed(Wording.systemError(number))
        case (.bytes, let bytes):
            state = .answered
            return take(conversation.received(bytes))
        }
    }

    private func take(_ turn: Turn) -> Verdict? {
        outgoing += turn.send
        flush()
        return turn.verdict
    }

    private func flush() {
        guard !outgoing.isEmpty else { return }
        outgoing = outgoing.dropFirst(socket.write(outgoing))
    }
}
