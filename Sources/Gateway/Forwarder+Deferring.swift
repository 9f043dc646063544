/// Writing at the end of a turn what was read in it.
extension Forwarder {
    /// Has what was just read from one end, which lies in `scratch`, be written to the other before the turn ends.
    func deferBytes(_ place: Int32, _ count: Int, from end: End) {
        let sink = table.side(place, end.other)
        sink.pointee.deferred = Int32(truncatingIfNeeded: count)
        sink.pointee.deferredStart = deferred.keep(count)
        deferred.add(.bytes(place, end.other))
        if deferred.isFull { writeDeferred() }
    }

    /// Has the request of a connection be sent before the turn ends.
    func deferRequest(_ place: Int32) {
        guard !deferred.isWriting else { return sendRequest(place) }
        table.exchange(place).pointee.flags.insert(.deferred)
        deferred.add(.request(place))
        if deferred.isFull { writeDeferred() }
    }

    /// Does what was put off where a connection is concerned, as nothing may overtake it; false where the connection has taken
    /// another course by that.
    func catchUp(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) -> Bool {
        guard deferred.count > 0, isBehind(place, record) else { return true }
        let (phase, generation) = (record.pointee.phase, record.pointee.generation)
        writeDeferred()
        return record.pointee.phase == phase && record.pointee.generation == generation
    }

    private func isBehind(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) -> Bool {
        switch record.pointee.phase {
        case .relaying:
            table.side(place, .client).pointee.deferred > 0 || table.side(place, .server).pointee.deferred > 0
        case .exchanging: table.exchange(place).pointee.flags.contains(.deferred)
        case .unused, .introducing, .securing, .reading, .waiting, .connecting, .refusing, .closing: false
        }
    }

    /// Does what was put off.
    func writeDeferred() {
        deferred.isWriting = true
        for index in 0..<deferred.count {
            switch deferred[index] {
            case .bytes(let place, let end): writeBytes(place, to: end)
            case .request(let place):
                // Whoever has come into the place of a connection that ended may have one of its own: it goes now.
                guard table.record(place).pointee.phase == .exchanging,
                    table.exchange(place).pointee.flags.contains(.deferred)
                else { continue }
                sendRequest(place)
            }
        }
        deferred.removeAll()
    }

    /// A side that was closed meanwhile has lost its bytes, and with it whoever was to have them.
    private func writeBytes(_ place: Int32, to end: End) {
        let sink = table.side(place, end)
        let count = Int(sink.pointee.deferred)
        sink.pointee.deferred = 0
        guard count > 0, table.record(place).pointee.phase == .relaying else { return }
        deliver(place, deferred.bytes(at: sink.pointee.deferredStart), count, from: end.other)
    }
}
