internal import Glibc
internal import Protocols

/// Requests on their way to an instance.
extension Forwarder {
    /// Sends the request over the connection that it has to an instance, which `isReused` where it served others before.
    func startExchange(_ place: Int32, isReused: Bool) {
        let record = table.record(place)
        let exchange = table.exchange(place)
        guard payForRetry(place) else {
            settle(place, .ignored)
            return fail(place, .brokeOffAgain)
        }
        record.pointee.phase = .exchanging
        exchange.pointee.attempts += 1
        if let note = record.pointee.note { note.pointee.endHold(at: now) }
        exchange.pointee.unsent = exchange.pointee.request.start
        exchange.pointee.flags.remove([.sent, .serverCloses, .reused])
        if isReused { exchange.pointee.flags.insert(.reused) }
        if let backend = record.pointee.backend, !exchange.pointee.flags.contains(.counted) {
            exchange.pointee.flags.insert(.counted)
            routes.beginRequest(backend)
            routes[record.pointee.route].counters.active &+= 1
        }
        startResponseDeadline(place)
        deferRequest(place)
    }

    /// Whether the connection to the instance that the client's last request used may take the next one.
    func canReuseServer(_ place: Int32) -> Bool {
        let record = table.record(place)
        guard let backend = record.pointee.backend, table.side(place, .server).pointee.descriptor >= 0 else {
            return false
        }
        return routes.isOpen(record.pointee.route, to: backend) && isWorthSending(place)
    }

    /// A request that cannot be sent again goes only over a connection that is open as far as can be known.
    func isWorthSending(_ place: Int32) -> Bool {
        table.exchange(place).pointee.flags.contains(.repeatable)
            || Socket.isSilent(table.side(place, .server).pointee.descriptor)
    }

    /// Sends what is left of the composed part of a request.
    func sendRequest(_ place: Int32) {
        let exchange = table.exchange(place)
        exchange.pointee.flags.remove(.deferred)
        let request = exchange.pointee.request
        guard let buffer = request.buffer, exchange.pointee.unsent < request.end else { return requestSent(place) }
        let descriptor = table.side(place, .server).pointee.descriptor
        switch Socket.send(
            descriptor, buffer + exchange.pointee.unsent, count: request.end - exchange.pointee.unsent)
        {
        case .bytes(let count):
            exchange.pointee.flags.insert(.sent)
            exchange.pointee.unsent += count
            guard exchange.pointee.unsent < request.end else { return requestSent(place) }
            setInterest(place, .client, 0)
            setInterest(place, .server, Poller.readable | Poller.writable)
        case .wouldBlock:
            setInterest(place, .client, 0)
            setInterest(place, .server, Poller.readable | Poller.writable)
        case .ended, .failed:
            attemptFailed(place)
        }
    }

    /// The composed part is on its way; more of the body may follow.
    private func requestSent(_ place: Int32) {
        let exchange = table.exchange(place)
        guard !exchange.pointee.requestBody.isEnded else {
            if !exchange.pointee.flags.contains(.repeatable) { dropRequest(place) }
            requestIsWhole(place)
            setClientInterest(place, 0)
            return setInterest(place, .server, Poller.readable)
        }
        setInterest(place, .server, Poller.readable)
        streamKeptInput(place)
    }

    /// Gives up the means to send the request again.
    func dropRequest(_ place: Int32) {
        let exchange = table.exchange(place)
        if let buffer = exchange.pointee.request.buffer { buffers.giveBack(buffer) }
        if let buffer = exchange.pointee.original.buffer { buffers.giveBack(buffer) }
        exchange.pointee.request = Pending()
        exchange.pointee.original = Pending()
        exchange.pointee.unsent = 0
    }

    private func streamKeptInput(_ place: Int32) {
        let exchange = table.exchange(place)
        let input = exchange.pointee.input
        guard let buffer = input.buffer, !input.isEmpty else { return setInterest(place, .client, Poller.readable) }
        stream(place, UnsafeRawBufferPointer(start: buffer + input.start, count: input.end - input.start))
    }

    /// Forwards what the client sent of its body, and keeps what lies beyond it.
    private func stream(_ place: Int32, _ bytes: UnsafeRawBufferPointer) {
        let exchange = table.exchange(place)
        guard let taken = exchange.pointee.requestBody.take(bytes) else {
            endCounted(place)
            closeServer(place)
            if let note = table.record(place).pointee.note { note.pointee.outcome = nil }
            return answer(place, Answer(status: 400, text: "the body's chunks are malformed"), closing: true)
        }
        if let note = table.record(place).pointee.note { note.pointee.requestBytes &+= UInt64(taken) }
        guard isBodyWithinLimit(place, taken) else { return refuseBody(place) }
        startResponseDeadline(place)
        if append(UnsafeRawBufferPointer(rebasing: bytes[..<taken]), exchange) {
            keepInput(place, UnsafeRawBufferPointer(rebasing: bytes[taken...]))
            return sendRequest(place)
        }
        // What streams past is kept nowhere, so from here on there is one attempt.
        exchange.pointee.flags.remove(.repeatable)
        dropRequest(place)
        guard write(place, to: .server, UnsafeRawBufferPointer(rebasing: bytes[..<taken])) else {
            return attemptFailed(place)
        }
        keepInput(place, UnsafeRawBufferPointer(rebasing: bytes[taken...]))
        updateExchangeInterest(place)
    }

    /// Counts bytes of a body whose length nobody announced; its framing, a few bytes a chunk, counts with it.
    func isBodyWithinLimit(_ place: Int32, _ count: Int) -> Bool {
        guard let limit = routes[table.record(place).pointee.route].treatment.bodyLimit else { return true }
        table.exchange(place).pointee.bodyBytes &+= UInt64(count)
        return table.exchange(place).pointee.bodyBytes <= limit
    }

    private func refuseBody(_ place: Int32) {
        settle(place, .ignored)
        endCounted(place)
        closeServer(place)
        guard !table.exchange(place).pointee.flags.contains(.answered) else { return breakOff(place) }
        answer(place, Answer(status: 413, text: "the body is larger than allowed"), closing: true)
    }

    /// Adds to a request that may have to be sent again, if it has room.
    private func append(_ bytes: UnsafeRawBufferPointer, _ exchange: UnsafeMutablePointer<Exchange>) -> Bool {
        let end = exchange.pointee.request.end
        guard exchange.pointee.flags.contains(.repeatable), let buffer = exchange.pointee.request.buffer,
            let source = bytes.baseAddress, end + bytes.count <= BufferPool.size
        else { return false }
        (buffer + end).copyMemory(from: source, byteCount: bytes.count)
        exchange.pointee.request.end = end + bytes.count
        return true
    }

    /// Something happened at the client of a request in progress.
    func exchangingClientEvent(_ place: Int32, _ events: UInt32) {
        let side = table.side(place, .client)
        let interest = side.pointee.interest ?? 0
        let isOver = Poller.hungUp | Poller.failed
        guard interest != 0 else {
            // Nothing is expected of the client, and it is gone.
            return breakOff(place)
        }
        if interest & Poller.writable != 0, events & (Poller.writable | isOver) != 0 {
            guard flushClient(place) else { return }
            return clientFlushed(place)
        }
        guard interest & Poller.readable != 0, events & (Poller.readable | isOver) != 0 else { return }
        guard wantsBody(place) else {
            // What it sends beyond its request is read when its turn comes, and only now there is need to say so.
            return events & isOver == 0 ? setInterest(place, .client, interest & ~Poller.readable) : breakOff(place)
        }
        switch Socket.receive(side.pointee.descriptor, into: scratch, count: BufferPool.size) {
        case .bytes(let count):
            routes[table.record(place).pointee.route].counters.bytesIn &+= UInt64(count)
            stream(place, UnsafeRawBufferPointer(start: scratch, count: count))
        case .wouldBlock: break
        case .ended, .failed: breakOff(place)
        }
    }

    /// Something happened at the instance that serves a request.
    func exchangingServerEvent(_ place: Int32, _ events: UInt32) {
        let side = table.side(place, .server)
        let interest = side.pointee.interest ?? 0
        let isOver = Poller.hungUp | Poller.failed
        if interest & Poller.writable != 0, events & (Poller.writable | isOver) != 0 {
            guard flushServer(place) else { return }
        }
        if interest & Poller.readable != 0, events & (Poller.readable | isOver) != 0 {
            // What it has said before its end counts.
            receiveResponse(place)
        } else if interest & (Poller.readable | Poller.writable) == 0, events & isOver != 0 {
            // The client has yet to take what came before; the end is met again then.
            poller.remove(side.pointee.descriptor)
            side.pointee.interest = nil
        }
    }

    /// False where the exchange has taken another course.
    private func flushServer(_ place: Int32) -> Bool {
        let exchange = table.exchange(place)
        if exchange.pointee.request.buffer != nil, exchange.pointee.unsent < exchange.pointee.request.end {
            let attempt = exchange.pointee.attempts
            sendRequest(place)
            return table.record(place).pointee.phase == .exchanging && exchange.pointee.attempts == attempt
        }
        let side = table.side(place, .server)
        guard let buffer = side.pointee.pending.buffer else { return true }
        let pending = side.pointee.pending
        switch Socket.send(side.pointee.descriptor, buffer + pending.start, count: pending.end - pending.start) {
        case .bytes(let count):
            side.pointee.pending.start += count
            guard side.pointee.pending.isEmpty else { return true }
            buffers.giveBack(buffer)
            side.pointee.pending = Pending()
            updateExchangeInterest(place)
            return true
        case .wouldBlock:
            return true
        case .ended, .failed:
            attemptFailed(place)
            return false
        }
    }

    /// Reads from whom the other side can take more, and writes to whom something is kept for.
    func updateExchangeInterest(_ place: Int32) {
        let (client, server) = (table.side(place, .client), table.side(place, .server))
        setClientInterest(
            place,
            (wantsBody(place) ? Poller.readable : 0) | (client.pointee.pending.isEmpty ? 0 : Poller.writable))
        guard server.pointee.descriptor >= 0 else { return }
        setInterest(
            place, .server,
            (client.pointee.pending.isEmpty ? Poller.readable : 0)
                | (server.pointee.pending.isEmpty ? 0 : Poller.writable))
    }

    /// Whether more of the request's body can be taken from the client.
    private func wantsBody(_ place: Int32) -> Bool {
        let exchange = table.exchange(place)
        return !exchange.pointee.requestBody.isEnded && table.side(place, .server).pointee.pending.isEmpty
            && exchange.pointee.unsent == exchange.pointee.request.end && exchange.pointee.input.isEmpty
    }

    /// Has epoll report the client, but leaves it as it is where it merely reports too much: most clients say nothing
    /// until they are answered, and two calls for each request are saved.
    private func setClientInterest(_ place: Int32, _ interest: UInt32) {
        guard interest != 0 || table.side(place, .client).pointee.interest != Poller.readable else { return }
        setInterest(place, .client, interest)
    }

    /// The instance has broken off or not answered before anything of a response came: the request goes to another one or
    /// to its successor where it may, else the client is told.
    func attemptFailed(_ place: Int32) {
        let record = table.record(place)
        let exchange = table.exchange(place)
        let flags = exchange.pointee.flags
        guard !flags.contains(.answered) else { return responseBroken(place) }
        // A connection that had been used may have been closed by the instance in the same moment: that says nothing.
        let isRace = flags.contains(.reused) && !hasTakenLong(place)
        if isRace {
            settle(place, .ignored)
        } else {
            settle(place, failure: failure(ofServer: place, otherwise: "it broke off"))
        }
        guard !hedgeTakesOver(place) else { return }
        endCounted(place)
        dropServer(place)
        dropResponse(place)
        let route = record.pointee.route
        let isWhole = exchange.pointee.request.buffer != nil && exchange.pointee.request.start == 0
        guard isWhole, flags.contains(.repeatable) || !flags.contains(.sent) else {
            return fail(place, .brokeOff)
        }
        if !isRace {
            guard hasAttemptsLeft(place) else { return fail(place, .brokeOffAgain) }
            exchange.pointee.owesRetry = true
            routes[route].counters.http.retries &+= 1
        }
        record.pointee.phase = .waiting
        dispatch(place)
    }

    private func hasTakenLong(_ place: Int32) -> Bool {
        now - table.exchange(place).pointee.startedAt > 1_000_000_000
    }

    private func hasAttemptsLeft(_ place: Int32) -> Bool {
        let exchange = table.exchange(place)
        let attempts = exchange.pointee.attempts - exchange.pointee.earlierAttempts
        return attempts < routes[table.record(place).pointee.route].treatment.attempts
    }

    /// Whether the budget allows what it is asked for. The budget is there for instances that live and fail; one that was
    /// gone in between has had its clients wait, and the ramp spares its successor.
    private func payForRetry(_ place: Int32) -> Bool {
        guard table.exchange(place).pointee.owesRetry else { return true }
        table.exchange(place).pointee.owesRetry = false
        return routes[table.record(place).pointee.route].retries.takeRetry(at: instant)
    }

    /// It is no request in progress any more.
    func endCounted(_ place: Int32) {
        recordCall(place)
        freeSlot(place)
        let exchange = table.exchange(place)
        if !exchange.pointee.flags.isDisjoint(with: .hedging) {
            withdrawHedge(place)
            exchange.pointee.flags.remove(.timed)
        }
        guard exchange.pointee.flags.contains(.counted) else { return }
        exchange.pointee.flags.remove(.counted)
        if let backend = table.record(place).pointee.backend { routes.endRequest(backend) }
        routes[table.record(place).pointee.route].counters.active &-= 1
    }
}
