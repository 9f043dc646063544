internal import Encryption
internal import Stack

/// Servers that are spoken to over TLS, until their handshake is done.
extension Forwarder {
    private static let keepAliveSeconds: Int32 = 60

    /// The backend has accepted the connection, and TLS comes next.
    func secureServer(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) {
        lookAtFiles()
        let route = record.pointee.route
        let descriptor = table.side(place, .server).pointee.descriptor
        guard let context = routes[route].origination?.context,
            let session = TLSSession(clientOver: descriptor, context)
        else {
            routes[route].counters.tls?.servers.count(.unusable)
            return connectFailed(place, record, .untrusted("the files of upstream_tls cannot be used"))
        }
        // A connection that is made lives as long as its host does, and notices when that is gone.
        Socket.askWhetherPeerLives(descriptor, every: Self.keepAliveSeconds)
        record.pointee.phase = .connecting
        record.pointee.connectDeadline = now + limits.connect
        connecting.append(place, in: table)
        poller.wake(at: record.pointee.connectDeadline)
        guard bridge(place, .server, session) else {
            connecting.remove(place, in: table)
            return connectFailed(place, record, .silence("it cannot be connected to"))
        }
        watchClientMeanwhile(place, record)
    }

    /// A handshake takes a while, in which the client may leave.
    private func watchClientMeanwhile(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) {
        guard record.pointee.phase == .connecting else { return }
        let kept = record.pointee.isHTTP ? nil : table.side(place, .client).pointee.interest
        setInterest(place, .client, kept ?? Poller.peerClosed)
    }

    /// The server's handshake is done.
    func serverSecured(_ place: Int32) {
        let record = table.record(place)
        connecting.remove(place, in: table)
        routes[record.pointee.route].counters.tls?.servers.succeeded &+= 1
        established(place, record)
    }

    /// The server's handshake has come to nothing.
    func serverNotSecured(_ place: Int32, _ failure: TLSHandshakeFailure, _ text: String) {
        let record = table.record(place)
        connecting.remove(place, in: table)
        routes[record.pointee.route].counters.tls?.servers.count(failure)
        switch failure {
        case .left, .timeout: connectFailed(place, record, .silence(text))
        case .unencrypted, .malformed, .incompatible, .certificate, .rejected, .unusable:
            connectFailed(place, record, .untrusted(text))
        }
    }

    /// The server has accepted the connection and does not go on.
    func serverTookTooLong(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) {
        routes[record.pointee.route].counters.tls?.servers.count(.timeout)
        connectFailed(place, record, .silence("it does not end the TLS handshake in time"))
    }

    /// Goes on with the handshake of a bridge, of either end.
    func continueHandshake(_ bridge: Int32) {
        guard let session = bridges[bridge].session else { return }
        switch session.handshake() {
        case .wantsInput: setSecureInterest(bridge, Poller.readable)
        case .wantsOutput: setSecureInterest(bridge, Poller.writable)
        case .done: handshakeDone(bridge)
        case .failed(let failure, let text):
            let (place, end) = (bridges[bridge].place, bridges[bridge].end)
            switch end {
            case .client: clientNotSecured(place, failure)
            case .server: serverNotSecured(place, failure, text)
            }
        }
    }

    private func handshakeDone(_ bridge: Int32) {
        let (place, end) = (bridges[bridge].place, bridges[bridge].end)
        bridges[bridge].phase = .open
        updateInterest(ofBridge: bridge)
        switch end {
        case .client: clientSecured(place)
        case .server: serverSecured(place)
        }
    }
}
