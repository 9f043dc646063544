internal import Encryption
internal import Glibc

/// The ends of bridges. Those who have one see of it what they would see of the connection itself.
extension Forwarder {
    /// Closes a socket that the forwarder has of a connection, or its end of a bridge.
    func closeSocket(_ descriptor: Int32) {
        if !bridges.isEmpty, let bridge = bridges.place(ofOuter: descriptor) { leave(bridge, breakingOff: false) }
        close(descriptor)
    }

    /// The same, so that the peer sees "connection reset" at once.
    func resetSocket(_ descriptor: Int32) {
        if !bridges.isEmpty, let bridge = bridges.place(ofOuter: descriptor) { leave(bridge, breakingOff: true) }
        Socket.reset(descriptor)
    }

    /// Whether what looks like an end in order is none: the encrypted connection has broken.
    func hasBroken(_ descriptor: Int32) -> Bool {
        guard !bridges.isEmpty, let bridge = bridges.place(ofOuter: descriptor) else { return false }
        return bridges[bridge].phase == .broken
    }

    /// Why a server has broken off, where it has said so in TLS; else what `text` says.
    func failure(ofServer place: Int32, otherwise text: String) -> InstanceGuard.Failure {
        guard !bridges.isEmpty, let bridge = bridges.place(ofOuter: table.side(place, .server).pointee.descriptor),
            let complaint = bridges[bridge].complaint
        else { return .silence(text) }
        return .untrusted(complaint)
    }

    /// Whether the connection's server has accepted it and its TLS handshake goes on.
    func isHandshaking(withServerOf place: Int32) -> Bool {
        guard !bridges.isEmpty, let bridge = bridges.place(ofOuter: table.side(place, .server).pointee.descriptor)
        else {
            return false
        }
        return bridges[bridge].phase == .handshaking
    }

    /// The forwarder closes its end. What it has written before goes on its way, unless it breaks off.
    private func leave(_ bridge: Int32, breakingOff: Bool) {
        let state = bridges[bridge]
        bridges.leave(bridge)
        switch state.phase {
        case .open where !breakingOff && !state.outputEnded:
            if let buffer = state.inbound.buffer { buffers.giveBack(buffer) }
            bridges[bridge].inbound = Pending()
            bridges[bridge].deadline = now + limits.flushing
            sweepAt(bridges[bridge].deadline)
            updateInterest(ofBridge: bridge)
        case .open, .handshaking, .broken, .unused:
            removeBridge(bridge) { descriptor in
                if breakingOff { Socket.reset(descriptor) } else { close(descriptor) }
            }
        }
    }

    /// The encrypted connection is broken. Its peer learns it at once, and the forwarder when it has read what came before.
    func breakBridge(_ bridge: Int32, _ complaint: String?) {
        guard !bridges[bridge].isLeft else { return removeBridge(bridge) { Socket.reset($0) } }
        bridges[bridge].phase = .broken
        bridges[bridge].complaint = complaint
        release(bridge) { Socket.reset($0) }
    }

    /// Frees a bridge that the forwarder has left; `close` closes its connection.
    func removeBridge(_ bridge: Int32, _ close: (Int32) -> Void) {
        release(bridge, close)
        bridges.remove(bridge)
    }

    private func release(_ bridge: Int32, _ closeSecure: (Int32) -> Void) {
        let state = bridges[bridge]
        for pending in [state.inbound, state.outbound] {
            if let buffer = pending.buffer { buffers.giveBack(buffer) }
        }
        bridges[bridge].inbound = Pending()
        bridges[bridge].outbound = Pending()
        bridges[bridge].session = nil
        if state.plain >= 0 { close(state.plain) }
        if state.secure >= 0 { closeSecure(state.secure) }
        bridges[bridge].plain = -1
        bridges[bridge].secure = -1
    }

    /// Gives up those that the forwarder has left and of which nobody takes what is still to be sent.
    func sweepBridges() {
        guard bridges.left > 0 else { return }
        for bridge in bridges.leftPlaces {
            if bridges[bridge].deadline <= now {
                removeBridge(bridge) { Socket.reset($0) }
            } else {
                sweepAt(bridges[bridge].deadline)
            }
        }
    }
}
