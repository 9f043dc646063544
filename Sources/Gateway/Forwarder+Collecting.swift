internal import Protocols

/// Requests that ask a model, where another model may have to be asked: their body has to be there as a whole, so that the
/// model's name can be changed in it.
extension Forwarder {
    /// Waits for the rest of the request's body if it is worth having before anybody is asked; false where it is not.
    func collects(_ place: Int32, _ head: HTTPRequestHead) -> Bool {
        let exchange = table.exchange(place)
        guard routes[table.record(place).pointee.route].treatment.asksOtherModels,
            exchange.pointee.flags.contains(.generates),
            // Such a client sends its body only once it is told to, and that an instance has to do.
            !head.expectsContinue, fits(exchange)
        else { return false }
        exchange.pointee.flags.insert(.collecting)
        startStreamDeadline(place)
        setInterest(place, .client, Poller.readable)
        return true
    }

    private func fits(_ exchange: UnsafeMutablePointer<Exchange>) -> Bool {
        let room = BufferPool.size - exchange.pointee.request.end
        switch exchange.pointee.requestBody {
        case .none, .untilClose: return false
        case .length(let left): return left <= UInt64(room)
        case .chunked: return room > 0
        }
    }

    /// More of such a body has come, or the client is gone.
    func collect(_ place: Int32) {
        let exchange = table.exchange(place)
        guard !exchange.pointee.flags.contains(.queueing) else { return queueingClientEvent(place) }
        let room = BufferPool.size - exchange.pointee.request.end
        switch Socket.receive(table.side(place, .client).pointee.descriptor, into: scratch, count: room) {
        case .bytes(let count):
            routes[table.record(place).pointee.route].counters.bytesIn &+= UInt64(count)
            collect(place, UnsafeRawBufferPointer(start: scratch, count: count))
        case .wouldBlock:
            break
        case .ended, .failed:
            finish(place)
        }
    }

    private func collect(_ place: Int32, _ bytes: UnsafeRawBufferPointer) {
        let exchange = table.exchange(place)
        guard let buffer = exchange.pointee.request.buffer, let source = bytes.baseAddress,
            let taken = exchange.pointee.requestBody.take(bytes)
        else {
            return answer(place, Answer(status: 400, text: "the body's chunks are malformed"), closing: true)
        }
        (buffer + exchange.pointee.request.end).copyMemory(from: source, byteCount: taken)
        exchange.pointee.request.end += taken
        guard isBodyWithinLimit(place, taken) else {
            return answer(place, Answer(status: 413, text: "the body is larger than allowed"), closing: true)
        }
        keepInput(place, UnsafeRawBufferPointer(rebasing: bytes[taken...]))
        // Of a body that is too long the rest streams past, and its model stays the one it names.
        guard exchange.pointee.requestBody.isEnded || exchange.pointee.request.end == BufferPool.size else {
            return startStreamDeadline(place)
        }
        exchange.pointee.flags.remove(.collecting)
        exchange.pointee.deadline = 0
        table.record(place).pointee.arrival = now
        dispatch(place)
    }
}
