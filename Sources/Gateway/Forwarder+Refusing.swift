internal import Glibc
internal import Protocols

/// Telling clients in their own protocol that nobody serves them.
extension Forwarder {
    /// Refuses a client that has as many calls as one client may have.
    func refuseForClient(_ place: Int32) {
        let record = table.record(place)
        let route = record.pointee.route
        routes[route].counters.clientLimited &+= 1
        guard record.pointee.isHTTP else {
            noteRefusal(place, "the client has too many connections")
            return refuse(place)
        }
        let text = "too many requests of one client for \(routes[route].service)"
        answer(place, Answer(status: 429, text: text, retryAfter: 1), closing: false)
    }

    /// A PostgreSQL client can be told once it has sent its start-up packet, before which it may ask for encryption.
    func beginRefusing(_ place: Int32) {
        table.record(place).pointee.phase = .refusing
        table.exchange(place).pointee.deadline = now + limits.lingering
        sweepAt(table.exchange(place).pointee.deadline)
        setInterest(place, .client, Poller.readable)
        guard let opening = takePostgresOpening(place) else { return readOpening(place) }
        tell(place, opening) { _ in }
    }

    /// Something came of a client that is to be told.
    func refusingClientEvent(_ place: Int32) {
        readOpening(place)
    }

    private func readOpening(_ place: Int32) {
        let descriptor = table.side(place, .client).pointee.descriptor
        let peeked = recv(descriptor, scratch, BufferPool.size, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        guard peeked > 0 else {
            if peeked == 0 || (errno != EAGAIN && errno != EINTR) { refuseAtOnce(place) }
            return
        }
        tell(place, PostgresClientOpening.read(UnsafeRawBufferPointer(start: scratch, count: peeked))) { length in
            _ = Socket.receive(descriptor, into: scratch, count: length)
        }
    }

    /// Says to a client what can be said after that opening, which `take` takes out of its socket.
    private func tell(_ place: Int32, _ opening: PostgresClientOpening, take: (_ length: Int) -> Void) {
        switch opening {
        case .incomplete:
            break
        case .encryptionRequest(let length):
            take(length)
            let isWritten = withUnsafeBytes(of: PostgresAnswer.noEncryption) { write(place, to: .client, $0) }
            if !isWritten { refuseAtOnce(place) }
        case .startup(let length):
            take(length)
            let room = UnsafeMutableRawBufferPointer(start: outgoing, count: BufferPool.size)
            guard let written = PostgresAnswer.cannotConnectNow(retryAfterSeconds: 1, into: room) else {
                return refuseAtOnce(place)
            }
            tellLast(place, written)
        case .cancel, .unknown:
            refuseAtOnce(place)
        }
    }

    /// A Redis client takes an error for the answer to its first command.
    func refuseInRedis(_ place: Int32) {
        let room = UnsafeMutableRawBufferPointer(start: outgoing, count: BufferPool.size)
        guard let written = RedisAnswer.loading(retryAfterSeconds: 1, into: room) else { return refuseAtOnce(place) }
        tellLast(place, written)
    }

    private func tellLast(_ place: Int32, _ count: Int) {
        guard write(place, to: .client, UnsafeRawBufferPointer(start: outgoing, count: count)) else {
            return refuseAtOnce(place)
        }
        closeAfterFlush(place)
    }
}
