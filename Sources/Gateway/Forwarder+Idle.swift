internal import Glibc

/// Connections to instances between two requests.
extension Forwarder {
    /// Gives the client a connection to that backend that no request uses; false where there is none.
    func takeIdle(_ place: Int32, backend: Int) -> Bool {
        let mayHaveEnded = table.exchange(place).pointee.flags.contains(.repeatable)
        guard let descriptor = takeIdle(of: backend, mayHaveEnded: mayHaveEnded) else { return false }
        let record = table.record(place)
        let side = table.side(place, .server)
        side.pointee.descriptor = descriptor
        side.pointee.interest = Poller.readable
        record.pointee.backend = backend
        poller.change(
            descriptor, Poller.readable, Token(.server, place: place, generation: record.pointee.generation))
        return true
    }

    /// A connection to that backend that no request uses; nil where there is none. It may have ended in this moment, which
    /// costs a call to find out.
    func takeIdle(of backend: Int, mayHaveEnded: Bool) -> Int32? {
        while let slot = idle.newest(of: backend) {
            let descriptor = idle.take(slot).descriptor
            if mayHaveEnded || Socket.isSilent(descriptor) { return descriptor }
            resetSocket(descriptor)
            routes.disconnect(backend)
        }
        return nil
    }

    /// The client needs its connection to an instance no more: another one may.
    func giveBackServer(_ place: Int32) {
        let side = table.side(place, .server)
        guard side.pointee.descriptor >= 0 else { return }
        let record = table.record(place)
        guard let backend = record.pointee.backend, side.pointee.interest == Poller.readable,
            routes[record.pointee.route].treatment.introduces == nil, side.pointee.pending.isEmpty,
            routes.isOpen(record.pointee.route, to: backend),
            let slot = idle.put(side.pointee.descriptor, backend: backend, at: now)
        else { return closeServer(place) }
        poller.change(
            side.pointee.descriptor, Poller.readable,
            Token(.idle, place: slot, generation: idle.entries[Int(slot)].generation))
        side.pointee = Side()
        record.pointee.backend = nil
        sweepAt(now + limits.idleServer)
    }

    /// A connection that no request uses has something to say: it ends.
    func idleEvent(_ place: Int32, generation: UInt32) {
        guard idle.isCurrent(place, generation: generation) else { return }
        closeIdle(place)
    }

    func closeIdle(_ place: Int32) {
        let entry = idle.take(place)
        closeSocket(entry.descriptor)
        routes.disconnect(entry.backend)
    }

    /// Closes those to instances that get no requests any more, so that these can end in peace.
    func closeIdleOfClosedRoutes() {
        for place in idle.places(where: { !routes.isOpen(to: $0.backend) }) { closeIdle(place) }
        for place in table.places where table.record(place).pointee.isHTTP {
            let record = table.record(place)
            switch record.pointee.phase {
            case .reading:
                if let backend = record.pointee.backend, !routes.isOpen(record.pointee.route, to: backend) {
                    closeServer(place)
                }
            case .unused, .introducing, .securing, .waiting, .connecting, .relaying, .exchanging, .refusing, .closing:
                break
            }
        }
    }

    /// Closes the client's connection to an instance as one does that has heard all.
    func closeServer(_ place: Int32) {
        let side = table.side(place, .server)
        guard side.pointee.descriptor >= 0 else { return }
        closeSocket(side.pointee.descriptor)
        if let buffer = side.pointee.pending.buffer { buffers.giveBack(buffer) }
        side.pointee = Side()
        if let backend = table.record(place).pointee.backend { routes.disconnect(backend) }
        table.record(place).pointee.backend = nil
    }
}
