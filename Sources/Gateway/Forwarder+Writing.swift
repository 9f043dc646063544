internal import Glibc

/// Writing to either end what did not come straight from the other.
extension Forwarder {
    /// Writes, and keeps what the receiver cannot take yet behind what is kept already; false where it is gone or more
    /// would be kept than there is room for.
    func write(_ place: Int32, to end: End, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return true }
        let side = table.side(place, end)
        guard side.pointee.pending.isEmpty else { return keep(bytes, for: side) }
        switch Socket.send(side.pointee.descriptor, start, count: bytes.count) {
        case .bytes(let count):
            return count == bytes.count || keep(UnsafeRawBufferPointer(rebasing: bytes[count...]), for: side)
        case .wouldBlock:
            return keep(bytes, for: side)
        case .ended, .failed:
            return false
        }
    }

    private func keep(_ bytes: UnsafeRawBufferPointer, for side: UnsafeMutablePointer<Side>) -> Bool {
        let pending = side.pointee.pending
        guard pending.end + bytes.count <= BufferPool.size, let source = bytes.baseAddress else { return false }
        let buffer = pending.buffer ?? buffers.take()
        (buffer + pending.end).copyMemory(from: source, byteCount: bytes.count)
        side.pointee.pending = Pending(buffer: buffer, start: pending.start, end: pending.end + bytes.count)
        return true
    }

    /// Writes what is kept for an HTTP client; false where it is gone and so the connection is over.
    func flushClient(_ place: Int32) -> Bool {
        let side = table.side(place, .client)
        guard let buffer = side.pointee.pending.buffer else { return true }
        let pending = side.pointee.pending
        switch Socket.send(side.pointee.descriptor, buffer + pending.start, count: pending.end - pending.start) {
        case .bytes(let count):
            side.pointee.pending.start += count
            guard side.pointee.pending.isEmpty else { return true }
            buffers.giveBack(buffer)
            side.pointee.pending = Pending()
            guard table.exchange(place).pointee.flags.contains(.refills), !refillClient(place) else { return true }
            breakOff(place)
            return false
        case .wouldBlock:
            return true
        case .ended, .failed:
            breakOff(place)
            return false
        }
    }
}
