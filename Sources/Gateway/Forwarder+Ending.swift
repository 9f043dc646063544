internal import Glibc

extension Forwarder {
    /// Both directions have ended, or a client that was not yet forwarded has left.
    func finish(_ place: Int32) {
        release(place) { close($0) }
    }

    /// One end has broken off; the other sees it as it would without the gateway between them.
    func breakOff(_ place: Int32) {
        release(place, Socket.reset)
    }

    /// Resets a client that will not be forwarded. It must not be in a line.
    func refuse(_ place: Int32) {
        routes[table.record(place).pointee.route].counters.refused += 1
        release(place, Socket.reset)
    }

    private func release(_ place: Int32, _ close: (Int32) -> Void) {
        let record = table.record(place)
        let route = record.pointee.route
        release(table.side(place, .client), close)
        release(table.side(place, .server), close)
        if let backend = record.pointee.backend { routes.disconnect(backend) }
        switch record.pointee.phase {
        case .relaying: routes[route].counters.active -= 1
        case .waiting, .connecting, .unused: break
        }
        routes[route].connections -= 1
        table.remove(place)
    }

    private func release(_ side: UnsafeMutablePointer<Side>, _ close: (Int32) -> Void) {
        if side.pointee.descriptor >= 0 { close(side.pointee.descriptor) }
        if let buffer = side.pointee.pending.buffer { buffers.giveBack(buffer) }
    }
}
