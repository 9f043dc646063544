internal import Protocols

extension Forwarder {
    /// Answers the client's request instead of an instance. `closing` ends the connection with it: what follows of the
    /// request, if anything, is not understood.
    func answer(_ place: Int32, _ answer: Answer, closing: Bool) {
        let exchange = table.exchange(place)
        let closes = closing || exchange.pointee.flags.contains(.closes) || !exchange.pointee.requestBody.isEnded
        let room = UnsafeMutableRawBufferPointer(start: outgoing, count: BufferPool.size)
        let length = answer.write(into: room, answersHead: exchange.pointee.method == .head, closes: closes)
        endCounted(place)
        endCall(place)
        if exchange.pointee.flags.contains(.queueing) { endQueueing(place) }
        if table.record(place).pointee.isDelivery { refuseDelivery(place, answer) }
        dropRequest(place)
        dropResponse(place)
        noteAnswer(place, status: answer.status, bytes: length ?? 0)
        writeNote(place)
        exchange.pointee.deadline = 0
        guard let length, write(place, to: .client, UnsafeRawBufferPointer(start: outgoing, count: length)) else {
            return breakOff(place)
        }
        answered(place, closes: closes)
    }

    /// The client has an answer of the gateway, or as much of it as it takes now.
    func answered(_ place: Int32, closes: Bool) {
        let exchange = table.exchange(place)
        forgetAsked(place)
        if closes {
            closeServer(place)
            return closeAfterFlush(place)
        }
        table.record(place).pointee.phase = .reading
        expectRequest(place)
        guard table.side(place, .client).pointee.pending.isEmpty else {
            return setInterest(place, .client, Poller.writable)
        }
        // A client that sends many at once, each of which is answered here, takes turns with the others.
        setInterest(place, .client, Poller.readable)
        if !exchange.pointee.input.isEmpty { takeUpKeptInput(place) }
    }

    /// Ends a client's connection once it has taken what is kept for it. It may be sending still: closing at once would
    /// have the kernel reset the connection, and the answer could be lost with it.
    func closeAfterFlush(_ place: Int32) {
        table.record(place).pointee.phase = .closing
        table.exchange(place).pointee.deadline = now + limits.lingering
        sweepAt(table.exchange(place).pointee.deadline)
        guard table.side(place, .client).pointee.pending.isEmpty else {
            return setInterest(place, .client, Poller.writable)
        }
        Socket.endOutput(table.side(place, .client).pointee.descriptor)
        setInterest(place, .client, Poller.readable)
    }

    /// Something happened at a client that has its last answer.
    func closingClientEvent(_ place: Int32) {
        let side = table.side(place, .client)
        guard side.pointee.pending.isEmpty else {
            guard flushClient(place), side.pointee.pending.isEmpty else { return }
            return closeAfterFlush(place)
        }
        switch Socket.receive(side.pointee.descriptor, into: scratch, count: BufferPool.size) {
        case .bytes, .wouldBlock: break
        case .ended, .failed: finish(place)
        }
    }
}
