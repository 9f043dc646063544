internal import Glibc
internal import Protocols

/// Responses on their way to the client.
extension Forwarder {
    /// Reads once from the instance.
    func receiveResponse(_ place: Int32) {
        let exchange = table.exchange(place)
        let kept = exchange.pointee.response
        let memory = kept.buffer.map { $0 + kept.end } ?? scratch
        // Room for what a head grows by on its way.
        let space = BufferPool.size - HeadRoom.bytes - kept.end
        switch Socket.receive(table.side(place, .server).pointee.descriptor, into: memory, count: space) {
        case .bytes(let count):
            routes[table.record(place).pointee.route].counters.bytesOut &+= UInt64(count)
            guard !exchange.pointee.flags.contains(.answered) else {
                return passBody(place, UnsafeRawBufferPointer(start: scratch, count: count))
            }
            if exchange.pointee.flags.contains(.timed) { answerHasCome(place) }
            guard let buffer = kept.buffer else {
                return readHead(place, UnsafeRawBufferPointer(start: scratch, count: count))
            }
            exchange.pointee.response.end += count
            readHead(place, UnsafeRawBufferPointer(start: buffer, count: kept.end + count))
        case .wouldBlock:
            break
        case .ended:
            serverEnded(place)
        case .failed:
            attemptFailed(place)
        }
    }

    /// The instance has sent its last byte.
    private func serverEnded(_ place: Int32) {
        let exchange = table.exchange(place)
        guard exchange.pointee.flags.contains(.answered) else { return attemptFailed(place) }
        switch exchange.pointee.responseBody {
        case .untilClose where !hasBroken(table.side(place, .server).pointee.descriptor):
            exchange.pointee.responseBody = .none
            finishExchange(place)
        case .none, .length, .chunked, .untilClose:
            responseBroken(place)
        }
    }

    /// A response that has begun does not end as it should. Breaking off is the one way to tell the client so.
    func responseBroken(_ place: Int32) {
        recordCall(place, .truncated)
        settle(place, failure: .silence("an answer broke off"))
        routes[table.record(place).pointee.route].counters.http.truncated &+= 1
        breakOff(place)
    }

    /// Reads the head of a response from all that came of it.
    private func readHead(_ place: Int32, _ bytes: UnsafeRawBufferPointer) {
        let exchange = table.exchange(place)
        let parsed = HTTPHeadParser.parseResponse(
            bytes, fields: fields, limits: limits.http, requestMethod: exchange.pointee.method,
            upgradeRequested: exchange.pointee.flags.contains(.upgrades))
        switch parsed {
        case .incomplete:
            guard bytes.count < BufferPool.size - HeadRoom.bytes else { return malformed(place) }
            keepResponse(place, bytes)
        case .refused:
            malformed(place)
        case .head(let head):
            if head.switchesProtocols { return switchProtocols(place, head, bytes) }
            if head.isInformational { return passInterim(place, head, bytes) }
            answerBegins(place, head, bytes)
        }
    }

    private func malformed(_ place: Int32) {
        settle(place, failure: .answer("an answer makes no sense"))
        fail(place, .senseless)
    }

    private func keepResponse(_ place: Int32, _ bytes: UnsafeRawBufferPointer) {
        let exchange = table.exchange(place)
        guard exchange.pointee.response.buffer == nil, let source = bytes.baseAddress else { return }
        let buffer = buffers.take()
        memmove(buffer, source, bytes.count)
        exchange.pointee.response = Pending(buffer: buffer, start: 0, end: bytes.count)
    }

    /// Gives up what came of a response without being its whole head.
    func dropResponse(_ place: Int32) {
        let exchange = table.exchange(place)
        if let buffer = exchange.pointee.response.buffer { buffers.giveBack(buffer) }
        exchange.pointee.response = Pending()
    }

    /// "100 Continue" and its like, which old clients do not know (RFC 9110 section 15.2).
    private func passInterim(_ place: Int32, _ head: HTTPResponseHead, _ bytes: UnsafeRawBufferPointer) {
        let exchange = table.exchange(place)
        let part = UnsafeRawBufferPointer(rebasing: bytes[..<head.headLength])
        if !exchange.pointee.flags.contains(.isOld) {
            guard write(place, to: .client, part) else { return breakOff(place) }
            noteResponse(place, bytes: part.count)
        }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[head.headLength...])
        guard !rest.isEmpty else {
            dropResponse(place)
            return updateExchangeInterest(place)
        }
        // Of a server that sends many, each one is shorter than what is left.
        readRest(place, rest)
    }

    private func readRest(_ place: Int32, _ rest: UnsafeRawBufferPointer) {
        guard let buffer = table.exchange(place).pointee.response.buffer, let source = rest.baseAddress else {
            return readHead(place, rest)
        }
        memmove(buffer, source, rest.count)
        table.exchange(place).pointee.response = Pending(buffer: buffer, start: 0, end: rest.count)
        readHead(place, UnsafeRawBufferPointer(start: buffer, count: rest.count))
    }

    /// From here on bytes go both ways as they come (RFC 9110 section 7.8).
    private func switchProtocols(_ place: Int32, _ head: HTTPResponseHead, _ bytes: UnsafeRawBufferPointer) {
        let record = table.record(place)
        let exchange = table.exchange(place)
        guard exchange.pointee.flags.contains(.upgrades) else { return malformed(place) }
        settle(place, .success)
        countStandIn(place)
        guard write(place, to: .client, bytes) else { return breakOff(place) }
        noteResponse(place, bytes: bytes.count, status: head.status)
        dropRequest(place)
        dropResponse(place)
        let input = exchange.pointee.input
        exchange.pointee.input = Pending()
        endCounted(place)
        record.pointee.isHTTP = false
        record.pointee.isProven = true
        record.pointee.phase = .relaying
        beginYouth(place, record)
        routes[record.pointee.route].counters.active &+= 1
        if input.isEmpty, let buffer = input.buffer { buffers.giveBack(buffer) }
        if !input.isEmpty { table.side(place, .server).pointee.pending = input }
        updateInterest(place, .client)
        updateInterest(place, .server)
    }

    private func answerBegins(_ place: Int32, _ head: HTTPResponseHead, _ bytes: UnsafeRawBufferPointer) {
        guard !replaceAnswer(place, status: Int(head.status)) else { return }
        countStandIn(place)
        noteAnswer(place, head, bytes)
        let exchange = table.exchange(place)
        exchange.pointee.flags.insert(.answered)
        exchange.pointee.responseBody = BodyProgress(head.framing)
        if !head.keepsAlive { exchange.pointee.flags.insert(.serverCloses) }
        // A client that is not done with its request may be told that nobody wants the rest.
        if !exchange.pointee.requestBody.isEnded || head.framing == .untilClose {
            exchange.pointee.flags.insert(.closes)
        }
        let route = table.record(place).pointee.route
        routes[route].counters.http.count(status: Int(head.status))
        if routes[route].treatment.isFailure(status: Int(head.status)) {
            settle(place, failure: .answer("answers with a status of 5xx"))
        } else {
            settle(place, .success)
            routes[route].waitedInVain = false
        }
        dropRequest(place)
        guard passHead(place, head, bytes) else { return }
        dropResponse(place)
        exchangeMayEnd(place)
    }

    /// Sends head and body as far as they are there; false where the exchange is over.
    private func passHead(_ place: Int32, _ head: HTTPResponseHead, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let exchange = table.exchange(place)
        let body = UnsafeRawBufferPointer(rebasing: bytes[head.headLength...])
        guard let taken = exchange.pointee.responseBody.take(body) else {
            responseBroken(place)
            return false
        }
        if taken < body.count { exchange.pointee.flags.insert(.serverCloses) }
        keepPassing(place, UnsafeRawBufferPointer(rebasing: body[..<taken]))
        startStreamDeadline(place)
        let isWritten: Bool
        if table.record(place).pointee.origin == nil, canPassVerbatim(head, exchange.pointee.flags) {
            noteResponse(place, bytes: head.headLength + taken, status: head.status)
            isWritten = write(place, to: .client, UnsafeRawBufferPointer(rebasing: bytes[..<(head.headLength + taken)]))
        } else {
            guard let length = composeResponseHead(place, head, bytes, bodyBytes: taken) else {
                malformedAfterAnswer(place)
                return false
            }
            noteResponse(place, bytes: length, status: head.status)
            isWritten = write(place, to: .client, UnsafeRawBufferPointer(start: outgoing, count: length))
        }
        if !isWritten { breakOff(place) }
        return isWritten
    }

    private func malformedAfterAnswer(_ place: Int32) {
        recordCall(place, .truncated)
        routes[table.record(place).pointee.route].counters.http.truncated &+= 1
        breakOff(place)
    }

    /// Whether nothing in the head is meant for the gateway alone, and the client may keep its connection.
    private func canPassVerbatim(_ head: HTTPResponseHead, _ flags: Exchange.Flags) -> Bool {
        guard !flags.contains(.closes) else { return false }
        for index in 0..<head.fieldCount {
            switch fields[index].known {
            case .connection, .keepAlive, .proxyConnection, .upgrade, .te: return false
            case _: break
            }
        }
        return true
    }

    /// More of a body.
    private func passBody(_ place: Int32, _ bytes: UnsafeRawBufferPointer) {
        let exchange = table.exchange(place)
        guard let taken = exchange.pointee.responseBody.take(bytes) else { return responseBroken(place) }
        if taken < bytes.count { exchange.pointee.flags.insert(.serverCloses) }
        keepPassing(place, UnsafeRawBufferPointer(rebasing: bytes[..<taken]))
        startStreamDeadline(place)
        guard write(place, to: .client, UnsafeRawBufferPointer(rebasing: bytes[..<taken])) else {
            return breakOff(place)
        }
        noteResponse(place, bytes: taken)
        exchangeMayEnd(place)
    }

    private func exchangeMayEnd(_ place: Int32) {
        guard table.exchange(place).pointee.responseBody.isEnded else { return updateExchangeInterest(place) }
        finishExchange(place)
    }

    /// The response is whole. The client goes on with its next request, or leaves.
    private func finishExchange(_ place: Int32) {
        let exchange = table.exchange(place)
        let record = table.record(place)
        let flags = exchange.pointee.flags
        let isServerFree =
            !flags.contains(.serverCloses) && exchange.pointee.requestBody.isEnded
            && table.side(place, .server).pointee.pending.isEmpty
        finishKeeping(place)
        forgetAsked(place)
        endCounted(place)
        writeNote(place)
        endCall(place)
        dropRequest(place)
        dropResponse(place)
        if isServerFree {
            setInterest(place, .server, Poller.readable)
            // This client has no use for it any more.
            if flags.contains(.closes) { giveBackServer(place) }
        } else {
            closeServer(place)
        }
        returnToOrigin(place)
        if flags.contains(.closes) { return closeAfterFlush(place) }
        record.pointee.phase = .reading
        expectRequest(place)
        guard table.side(place, .client).pointee.pending.isEmpty else {
            return setInterest(place, .client, Poller.writable)
        }
        takeUpKeptInput(place)
    }

    /// The client has taken all that was kept for it, in the middle of an exchange.
    func clientFlushed(_ place: Int32) {
        guard table.side(place, .client).pointee.pending.isEmpty else { return }
        startStreamDeadline(place)
        updateExchangeInterest(place)
    }
}
