internal import Glibc
internal import Stack

/// Clients that a proxy introduces, and clients that the gateway introduces to an instance (PROXY protocol).
extension Forwarder {
    /// A proxy is to say first whose connection this is.
    func beginIntroduction(_ place: Int32) {
        table.record(place).pointee.phase = .introducing
        let timeout = routes[table.record(place).pointee.route].treatment.timeouts.head ?? limits.introduction
        table.exchange(place).pointee.deadline = now + timeout
        sweepAt(table.exchange(place).pointee.deadline)
        setInterest(place, .client, Poller.readable)
    }

    /// The proxy has said something. It stays in the kernel until it is whole.
    func introducingClientEvent(_ place: Int32) {
        let descriptor = table.side(place, .client).pointee.descriptor
        let count = recv(descriptor, scratch, ProxyHeader.longest, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        guard count > 0 else { return count < 0 && errno == EAGAIN ? () : finish(place) }
        switch ProxyHeader.parse(UnsafeRawBufferPointer(start: scratch, count: count)) {
        case .incomplete:
            // What is there already would be reported without pause.
            Socket.reportInput(descriptor, beyond: count)
        case .refused:
            routes[table.record(place).pointee.route].counters.refused &+= 1
            refuseAtOnce(place)
        case .header(let header, let length):
            guard case .bytes(length) = Socket.receive(descriptor, into: scratch, count: length) else {
                return finish(place)
            }
            Socket.reportInput(descriptor, beyond: 0)
            table.exchange(place).pointee.introduction = header
            table.exchange(place).pointee.deadline = 0
            table.record(place).pointee.phase = .waiting
            introduced(place)
        }
    }

    /// Tells the instance whose connection it gets, before anything else; false where that failed.
    func introduce(_ place: Int32) -> Bool {
        let record = table.record(place)
        guard let version = routes[record.pointee.route].treatment.introduces else { return true }
        let known = record.pointee.hasExchange ? table.exchange(place).pointee.introduction : nil
        let header = known ?? ProxyHeader(table.side(place, .client).pointee.descriptor)
        let bytes = ProxyHeader.bytes(header, version)
        // Nothing has been sent over this connection, so there is room for all of it.
        return bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return false }
            return Socket.send(table.side(place, .server).pointee.descriptor, start, count: bytes.count)
                == .bytes(bytes.count)
        }
    }
}
