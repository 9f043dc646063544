internal import Glibc

extension Forwarder {
    /// Both directions have ended, or a client that is not being served has left.
    func finish(_ place: Int32) {
        if table.record(place).pointee.isHTTP, table.record(place).pointee.phase == .reading { giveBackServer(place) }
        callFinished(place)
        release(place, closeSocket)
    }

    /// One end has broken off; the other sees it as it would without the gateway between them.
    func breakOff(_ place: Int32) {
        noteBreak(place)
        release(place, resetSocket)
    }

    /// Resets a client that was to be told why it is not served and cannot be.
    func refuseAtOnce(_ place: Int32) {
        release(place, resetSocket)
    }

    /// Resets a client that will not be forwarded, or answers it where it speaks HTTP. It must not be in a line.
    func refuse(_ place: Int32) {
        // Somebody else may have an answer to the request; if not, it is counted then.
        if table.record(place).pointee.isHTTP { return fail(place, .unavailable) }
        routes[table.record(place).pointee.route].counters.refused += 1
        noteRefusal(place)
        switch routes[table.record(place).pointee.route].treatment.application {
        case .http, .ollama: break
        case .postgres: return beginRefusing(place)
        case .redis: return refuseInRedis(place)
        case .tcp, .bolt: break
        }
        release(place, resetSocket)
    }

    private func release(_ place: Int32, _ close: (Int32) -> Void) {
        let record = table.record(place)
        let route = record.pointee.route
        recordCall(place, .cancelled)
        settle(place, .ignored)
        endYouth(place, record)
        endCall(place)
        if record.pointee.hasExchange { releaseExchange(place) }
        release(table.side(place, .client), close)
        release(table.side(place, .server), close)
        if let backend = record.pointee.backend { routes.disconnect(backend) }
        switch record.pointee.phase {
        case .relaying: routes[route].counters.active -= 1
        case .introducing, .securing, .waiting, .connecting, .reading, .exchanging, .refusing, .closing, .unused: break
        }
        routes[route].connections -= 1
        if record.pointee.note != nil {
            writeNote(place)
            dropNote(place)
        }
        if record.pointee.isDelivery { deliveries[place] = nil }
        if let origin = record.pointee.origin { routes[origin].connections -= 1 }
        table.remove(place)
    }

    private func releaseExchange(_ place: Int32) {
        endCounted(place)
        forgetAsked(place)
        if table.exchange(place).pointee.flags.contains(.queueing) { endQueueing(place) }
        if table.exchange(place).pointee.flags.contains(.refills) { unsent[place] = nil }
        dropRequest(place)
        dropResponse(place)
        dropInput(place)
        dropOpening(place, table.record(place))
    }

    private func release(_ side: UnsafeMutablePointer<Side>, _ close: (Int32) -> Void) {
        if side.pointee.descriptor >= 0 { close(side.pointee.descriptor) }
        if let buffer = side.pointee.pending.buffer { buffers.giveBack(buffer) }
    }
}
