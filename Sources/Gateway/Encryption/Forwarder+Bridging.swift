internal import Encryption
internal import Glibc

/// Bridges between encrypted connections and the rest of the forwarder.
///
/// In each direction one record at a time is on its way, and is kept where the receiver cannot take it yet; until then
/// nothing more is read.
extension Forwarder {
    /// Puts a bridge in place of the socket that a connection has at that end; the handshake begins. False, and nothing is
    /// changed, where no descriptor is left.
    func bridge(_ place: Int32, _ end: End, _ session: TLSSession) -> Bool {
        guard let (plain, outer) = Socket.pair() else { return false }
        let side = table.side(place, end)
        if side.pointee.interest != nil { poller.remove(side.pointee.descriptor) }
        let bridge = bridges.add(
            session, secure: side.pointee.descriptor, plain: plain, outer: outer, of: place, end)
        side.pointee.descriptor = outer
        side.pointee.interest = nil
        continueHandshake(bridge)
        return true
    }

    /// Something happened at an encrypted connection.
    func secureEvent(_ bridge: Int32) {
        switch bridges[bridge].phase {
        case .handshaking: return continueHandshake(bridge)
        case .open: break
        case .broken, .unused: return
        }
        guard bridges[bridge].secureInterest != 0 else {
            // What it has said before its end is on its way to the forwarder; the end is met again after that.
            poller.remove(bridges[bridge].secure)
            bridges[bridge].secureInterest = nil
            return
        }
        guard flushOutbound(bridge), receive(bridge) else { return }
        updateInterest(ofBridge: bridge)
    }

    /// Something happened at the bridge's end of the pair.
    func plainEvent(_ bridge: Int32) {
        guard bridges[bridge].phase == .open else { return }
        guard bridges[bridge].plainInterest != 0 else {
            poller.remove(bridges[bridge].plain)
            bridges[bridge].plainInterest = nil
            return
        }
        flushInbound(bridge)
        guard takeOutbound(bridge) else { return }
        updateInterest(ofBridge: bridge)
    }

    /// Reads a record from the other end; false where the bridge is gone.
    private func receive(_ bridge: Int32) -> Bool {
        guard bridges[bridge].mayReceive, let session = bridges[bridge].session else { return true }
        bridges[bridge].readWantsOutput = false
        switch session.read(into: scratch, count: BufferPool.size) {
        case .bytes(let count): deliver(bridge, count)
        case .wantsInput: break
        case .wantsOutput: bridges[bridge].readWantsOutput = true
        case .ended:
            bridges[bridge].secureEnded = true
            Socket.endOutput(bridges[bridge].plain)
        case .broken(let complaint):
            breakBridge(bridge, complaint)
            return false
        }
        return true
    }

    /// Gives the forwarder what was just read, and keeps what it cannot take yet.
    private func deliver(_ bridge: Int32, _ count: Int) {
        var sent = 0
        if case .bytes(let number) = Socket.send(bridges[bridge].plain, scratch, count: count) { sent = number }
        guard sent < count else { return }
        bridges[bridge].inbound = keep(scratch + sent, count - sent)
    }

    private func keep(_ bytes: UnsafeRawPointer, _ count: Int) -> Pending {
        let buffer = buffers.take()
        buffer.copyMemory(from: bytes, byteCount: count)
        return Pending(buffer: buffer, start: 0, end: count)
    }

    private func flushInbound(_ bridge: Int32) {
        let pending = bridges[bridge].inbound
        guard let buffer = pending.buffer,
            case .bytes(let count) = Socket.send(
                bridges[bridge].plain, buffer + pending.start, count: pending.end - pending.start)
        else { return }
        bridges[bridge].inbound.start += count
        if bridges[bridge].inbound.isEmpty { dropInbound(bridge) }
    }

    private func dropInbound(_ bridge: Int32) {
        if let buffer = bridges[bridge].inbound.buffer { buffers.giveBack(buffer) }
        bridges[bridge].inbound = Pending()
    }

    /// Takes what the forwarder says and encrypts it; false where the bridge is gone.
    private func takeOutbound(_ bridge: Int32) -> Bool {
        guard !bridges[bridge].plainEnded, bridges[bridge].outbound.isEmpty else { return true }
        switch Socket.receive(bridges[bridge].plain, into: scratch, count: BufferPool.size) {
        case .bytes(let count):
            guard let sent = encrypt(bridge, scratch, count) else { return false }
            noteProgress(bridge)
            if sent < count { bridges[bridge].outbound = keep(scratch + sent, count - sent) }
            return true
        case .wouldBlock:
            return true
        // What the forwarder has closed with something left to read is reported as failed.
        case .ended, .failed:
            bridges[bridge].plainEnded = true
            return endOutput(bridge)
        }
    }

    /// How many of the bytes went; nil where the bridge is gone.
    private func encrypt(_ bridge: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int? {
        guard let session = bridges[bridge].session else { return nil }
        var sent = 0
        bridges[bridge].writeWantsInput = false
        while sent < count {
            switch session.write(bytes + sent, count: count - sent) {
            case .bytes(let number): sent += number
            case .wantsOutput: return sent
            case .wantsInput:
                bridges[bridge].writeWantsInput = true
                return sent
            case .ended:
                breakBridge(bridge, nil)
                return nil
            case .broken(let complaint):
                breakBridge(bridge, complaint)
                return nil
            }
        }
        return sent
    }

    /// The other end takes something.
    private func noteProgress(_ bridge: Int32) {
        if bridges[bridge].isLeft { bridges[bridge].deadline = now + limits.flushing }
    }

    /// Encrypts what was kept; false where the bridge is gone.
    private func flushOutbound(_ bridge: Int32) -> Bool {
        let pending = bridges[bridge].outbound
        guard let buffer = pending.buffer else { return true }
        guard let sent = encrypt(bridge, buffer + pending.start, pending.end - pending.start) else { return false }
        bridges[bridge].outbound.start += sent
        if sent > 0 { noteProgress(bridge) }
        guard bridges[bridge].outbound.isEmpty else { return true }
        buffers.giveBack(buffer)
        bridges[bridge].outbound = Pending()
        return endOutput(bridge)
    }

    /// Says that no more bytes come, where that is so and all are sent; false where the bridge is gone, as nobody is left
    /// on the forwarder's side of it.
    private func endOutput(_ bridge: Int32) -> Bool {
        guard bridges[bridge].plainEnded, bridges[bridge].outbound.isEmpty, !bridges[bridge].outputEnded else {
            return true
        }
        bridges[bridge].outputEnded = true
        bridges[bridge].session?.endOutput()
        Socket.endOutput(bridges[bridge].secure)
        guard bridges[bridge].isLeft else { return true }
        removeBridge(bridge) { close($0) }
        return false
    }

    /// Reads from whom the other side can take more, and writes to whom something is kept for.
    func updateInterest(ofBridge bridge: Int32) {
        let state = bridges[bridge]
        let reads = state.mayReceive && !state.readWantsOutput || state.writeWantsInput
        let writes = !state.outbound.isEmpty && !state.writeWantsInput || state.readWantsOutput
        setSecureInterest(bridge, (reads ? Poller.readable : 0) | (writes ? Poller.writable : 0))
        let takes = !state.plainEnded && state.outbound.isEmpty
        let gives = !state.inbound.isEmpty
        setPlainInterest(bridge, (takes ? Poller.readable : 0) | (gives ? Poller.writable : 0))
    }

    func setSecureInterest(_ bridge: Int32, _ interest: UInt32) {
        let token = Token(.secure, place: bridge, generation: bridges[bridge].generation)
        bridges[bridge].secureInterest = watch(
            bridges[bridge].secure, interest, insteadOf: bridges[bridge].secureInterest, token)
    }

    private func setPlainInterest(_ bridge: Int32, _ interest: UInt32) {
        let token = Token(.plain, place: bridge, generation: bridges[bridge].generation)
        bridges[bridge].plainInterest = watch(
            bridges[bridge].plain, interest, insteadOf: bridges[bridge].plainInterest, token)
    }

    private func watch(_ descriptor: Int32, _ interest: UInt32, insteadOf former: UInt32?, _ token: Token) -> UInt32? {
        guard interest != former else { return former }
        if former != nil {
            poller.change(descriptor, interest, token)
        } else if interest != 0 {
            poller.add(descriptor, interest, token)
        } else {
            return nil
        }
        return interest
    }
}
