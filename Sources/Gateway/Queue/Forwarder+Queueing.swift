internal import Glibc
internal import Protocols
internal import Queueing

/// Requests whose service cannot take them and that are kept for when it can. All that is done to the disk is done by
/// another thread, which the client's answer waits for.
extension Forwarder {
    private static let complaintInterval: Int64 = 10_000_000_000

    /// Has epoll report news of the queues.
    func watchQueues() {
        guard let queues else { return }
        poller.add(queues.descriptor, Poller.readable, Token(.queue, place: 0, generation: 0))
    }

    /// Has exactly the queues that the configuration has.
    func configureQueues() {
        guard let queues else { return }
        var terms: [QueueName: QueueTerms] = [:]
        for route in routes.all where routes[route].isConfigured {
            guard let policy = routes[route].treatment.queue?.policy else {
                routes[route].counters.queue = nil
                continue
            }
            let name = queueName(route)
            let folder = QueueFolder(in: queues.folder, service: name.service, port: name.target)
            terms[name] = QueueTerms(folder: folder.path, policy: policy)
        }
        guard queues.configure(terms) else { return }
        // One that was there before has what it had, and may have to be delivered.
        for (name, report) in queues.reports where queues.has(name) { changed(name, report) }
    }

    func queueName(_ route: Int) -> QueueName {
        QueueName(service: routes[route].service, target: routes[route].target)
    }

    /// Whether the client's request looks like one that is kept.
    func isForQueue(_ place: Int32) -> Bool {
        let exchange = table.exchange(place)
        let record = table.record(place)
        guard queues != nil, exchange.pointee.flags.isDisjoint(with: [.upgrades, .queueing]),
            let queue = routes[record.pointee.origin ?? record.pointee.route].treatment.queue,
            queue.takes(exchange.pointee.method)
        else { return false }
        return withRequest(place) { bytes in
            // The path is the second word of the head that the gateway wrote.
            let path = bytes.drop { $0 != UInt8(ascii: " ") }.dropFirst().prefix { $0 != UInt8(ascii: " ") }
            return queue.takes(path: path)
        } ?? false
    }

    /// Keeps the client's request for later, as soon as all of it has come; false where it is not one for that.
    func beginQueueing(_ place: Int32) -> Bool {
        let record = table.record(place)
        let exchange = table.exchange(place)
        guard let queue = routes[record.pointee.route].treatment.queue,
            let draft = withRequest(
                place, { QueueDraft($0, exchange.pointee.requestBody, limits: limits.http, queue: queue) }) ?? nil
        else { return false }
        rampEnded(place, .ignored)
        noteStandIn(place)
        drafts[place] = draft
        exchange.pointee.flags.insert([.queueing, .collecting])
        record.pointee.phase = .reading
        guard !exchange.pointee.requestBody.isEnded else {
            submit(place, draft)
            return true
        }
        startStreamDeadline(place)
        setInterest(place, .client, Poller.readable)
        let input = exchange.pointee.input
        if let buffer = input.buffer, !input.isEmpty {
            add(UnsafeRawBufferPointer(start: buffer + input.start, count: input.end - input.start), place, draft)
        }
        return true
    }

    /// Something happened at a client whose request is to be kept, or who has asked for a ticket.
    func queueingClientEvent(_ place: Int32) {
        guard let draft = drafts[place], !table.exchange(place).pointee.requestBody.isEnded else {
            // Nothing is expected of it, and it is gone.
            noteBreak(place)
            return finish(place)
        }
        switch Socket.receive(table.side(place, .client).pointee.descriptor, into: scratch, count: BufferPool.size) {
        case .bytes(let count):
            routes[table.record(place).pointee.route].counters.bytesIn &+= UInt64(count)
            add(UnsafeRawBufferPointer(start: scratch, count: count), place, draft)
        case .wouldBlock:
            break
        case .ended, .failed:
            noteBreak(place)
            finish(place)
        }
    }

    private func add(_ bytes: UnsafeRawBufferPointer, _ place: Int32, _ draft: QueueDraft) {
        let exchange = table.exchange(place)
        guard let taken = exchange.pointee.requestBody.take(bytes) else {
            return answer(place, Answer(status: 400, text: "the body's chunks are malformed"), closing: true)
        }
        if let note = table.record(place).pointee.note { note.pointee.requestBytes &+= UInt64(taken) }
        let hasRoom = draft.append(UnsafeRawBufferPointer(rebasing: bytes[..<taken]))
        keepInput(place, UnsafeRawBufferPointer(rebasing: bytes[taken...]))
        guard isBodyWithinLimit(place, taken) else {
            return answer(place, Answer(status: 413, text: "the body is larger than allowed"), closing: true)
        }
        guard hasRoom else { return queueNot(place) }
        if exchange.pointee.requestBody.isEnded { submit(place, draft) } else { startStreamDeadline(place) }
    }

    private func submit(_ place: Int32, _ draft: QueueDraft) {
        let record = table.record(place)
        table.exchange(place).pointee.deadline = 0
        // What it sends beyond its request is read when that is answered.
        setInterest(place, .client, 0)
        let client = WaitingClient(place: place, generation: record.pointee.generation)
        queues?.post(.accept(queueName(record.pointee.route), draft.whole, client))
    }

    /// The request is not kept: the next step of the chain has its turn.
    private func queueNot(_ place: Int32) {
        let isIncomplete = drafts[place]?.hasOutgrown ?? true
        endQueueing(place)
        // Nobody else could be sent all of it.
        if isIncomplete { dropRequest(place) }
        fail(place, table.exchange(place).pointee.shortcoming ?? .unavailable)
    }

    /// The disk is waited for no more.
    func endQueueing(_ place: Int32) {
        drafts[place] = nil
        table.exchange(place).pointee.flags.remove([.queueing, .collecting])
    }

    /// Whether that client is still there and waits for the disk.
    func isWaiting(_ client: WaitingClient) -> Bool {
        guard let record = table.record(client.place, generation: client.generation) else { return false }
        return record.pointee.hasExchange && table.exchange(client.place).pointee.flags.contains(.queueing)
    }

    /// The disk has the client's request, or will not have it.
    func queued(_ outcome: QueueingOutcome, _ client: WaitingClient) {
        guard isWaiting(client) else { return }
        let place = client.place
        let route = table.record(place).pointee.route
        switch outcome {
        case .ticket(let url, let text):
            endQueueing(place)
            routes[route].counters.http.count(fallback: .queue)
            routes[route].counters.http.failed &+= 1
            if let note = table.record(place).pointee.note { note.pointee.outcome = "queued" }
            var answer = Answer(
                status: 202, text: text, contentType: "application/json", retryAfter: retryAfter(route))
            answer.fields += "Location: \(url)\r\nHale-Fallback: queue\r\n"
            self.answer(place, answer, closing: false)
        case .full:
            queueNot(place)
        case .failed(let reason):
            complain("\(routes[route].service):\(routes[route].target): requests are not queued: \(reason)")
            queueNot(place)
        }
    }

    private func complain(_ sentence: String) {
        if let last = queues?.complainedAt, now - last < Self.complaintInterval { return }
        queues?.complainedAt = now
        report(sentence)
    }
}
