internal import Protocols
internal import Stack

/// Connections whose server is gone before it has said anything: as far as the client can tell they have yet to be made.
extension Forwarder {
    /// The server has broken off, or has ended a connection that it should have answered first. Where nothing that matters
    /// was sent to it, the client gets another one or its successor.
    func serverBroke(_ place: Int32, _ record: UnsafeMutablePointer<Connection>, _ how: String) {
        guard !record.pointee.isProven else { return breakOff(place) }
        settle(place, failure: failure(ofServer: place, otherwise: how))
        guard canRedial(place, record) else { return breakOff(place) }
        redial(place, record)
    }

    /// Whether a server that ends its side in order has left its client without the answer that its protocol demands.
    func owesAnswer(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) -> Bool {
        guard !record.pointee.isProven, record.pointee.hasExchange, record.pointee.isRepeatable else { return false }
        return !table.exchange(place).pointee.opening.isEmpty
    }

    private func canRedial(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) -> Bool {
        record.pointee.isRepeatable && !table.side(place, .client).pointee.inputEnded
            && Int(record.pointee.redials) + 1 < routes[record.pointee.route].treatment.attempts
    }

    private func redial(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) {
        record.pointee.redials += 1
        record.pointee.owesRetry = true
        endYouth(place, record)
        routes[record.pointee.route].counters.active -= 1
        let side = table.side(place, .server)
        // It is part of what the next one is sent from the start.
        if let buffer = side.pointee.pending.buffer { buffers.giveBack(buffer) }
        side.pointee.pending = Pending()
        dropServer(place)
        record.pointee.phase = .waiting
        dispatch(place)
    }

    /// Whether the budget allows what a connection that is made again costs: nothing where it has waited, as the server that
    /// broke off was gone then.
    func payForRedial(_ record: UnsafeMutablePointer<Connection>) -> Bool {
        guard record.pointee.owesRetry else { return true }
        record.pointee.owesRetry = false
        return record.pointee.hasWaited || routes[record.pointee.route].retries.takeRetry(at: instant)
    }

    /// Gives a server what the client had said to the one before it; false where that one is gone as well.
    func sendOpening(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) -> Bool {
        guard record.pointee.hasExchange else { return true }
        let opening = table.exchange(place).pointee.opening
        guard let buffer = opening.buffer else { return true }
        return write(place, to: .server, UnsafeRawBufferPointer(start: buffer, count: opening.end))
    }

    /// Keeps what the client has just said (it is in `scratch`) as long as all that it said may be said twice.
    func keepOpening(_ place: Int32, _ record: UnsafeMutablePointer<Connection>, _ count: Int) {
        guard record.pointee.isRepeatable, !record.pointee.isProven else { return }
        guard record.pointee.hasExchange, isKept(place, count), isOpening(place, record) else {
            record.pointee.isRepeatable = false
            return dropOpening(place, record)
        }
    }

    private func isKept(_ place: Int32, _ count: Int) -> Bool {
        let exchange = table.exchange(place)
        let end = exchange.pointee.opening.end
        guard end + count <= BufferPool.size else { return false }
        let buffer = exchange.pointee.opening.buffer ?? buffers.take()
        (buffer + end).copyMemory(from: scratch, byteCount: count)
        exchange.pointee.opening = Pending(buffer: buffer, start: 0, end: end + count)
        return true
    }

    private func isOpening(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) -> Bool {
        let bytes = openingBytes(place)
        switch routes[record.pointee.route].treatment.application {
        case .tcp, .http, .ollama: return false
        case .redis: return RedisClientOpening.isRepeatable(bytes)
        case .bolt: return bytes.count <= BoltObserver.clientHandshakeLength
        case .postgres:
            switch PostgresClientOpening.read(bytes) {
            case .incomplete: return true
            case .encryptionRequest(let length), .startup(let length): return length == bytes.count
            case .cancel, .unknown: return false
            }
        }
    }

    private func openingBytes(_ place: Int32) -> UnsafeRawBufferPointer {
        let opening = table.exchange(place).pointee.opening
        return UnsafeRawBufferPointer(start: opening.buffer, count: opening.end)
    }

    /// Whether what a PostgreSQL server has just said (it is in `scratch`) is that it does not encrypt. That leaves
    /// everything open: the client goes on as one does that never asked, and so any server may take it from there.
    func declinesEncryption(_ place: Int32, _ record: UnsafeMutablePointer<Connection>, _ count: Int) -> Bool {
        guard count == 1, scratch.load(as: UInt8.self) == UInt8(ascii: "N"), owesAnswer(place, record),
            case .postgres = routes[record.pointee.route].treatment.application,
            case .encryptionRequest = PostgresClientOpening.read(openingBytes(place))
        else { return false }
        dropOpening(place, record)
        return true
    }

    /// What a PostgreSQL client has said to a server that is gone; nil where it has said nothing.
    func takePostgresOpening(_ place: Int32) -> PostgresClientOpening? {
        let record = table.record(place)
        guard !table.exchange(place).pointee.opening.isEmpty else { return nil }
        defer { dropOpening(place, record) }
        return PostgresClientOpening.read(openingBytes(place))
    }

    /// What the client said first is of no use any more.
    func dropOpening(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) {
        guard record.pointee.hasExchange, let buffer = table.exchange(place).pointee.opening.buffer else { return }
        buffers.giveBack(buffer)
        table.exchange(place).pointee.opening = Pending()
    }
}
