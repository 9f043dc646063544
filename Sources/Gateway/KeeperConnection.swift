internal import Glibc
internal import KeeperLink
internal import Platform
internal import Stack
internal import Wire

/// The gateway's connection to the keeper, from which the listening sockets come. While there is no keeper the gateway
/// goes on with those it has.
///
/// A keeper that is found after one was lost is a new one, with a gateway of its own. It is given the sockets, so that
/// no client is refused in between, and this gateway is superseded.
final class KeeperConnection {
    private static let retryInterval = Duration.milliseconds(50)
    /// How long to wait for the healer to start another keeper, which it does at once where it lives.
    private static let revivalInterval = Duration.seconds(2)

    private let reactor: Reactor
    private let locations: Locations
    private let loops: ForwardingLoops
    private let onSuperseded: () -> Void
    private var client: KeeperClient?
    private var wasLost = false
    private var reviveAt = Instant.distantFuture

    init(reactor: Reactor, locations: Locations, loops: ForwardingLoops, onSuperseded: @escaping () -> Void) {
        self.reactor = reactor
        self.locations = locations
        self.loops = loops
        self.onSuperseded = onSuperseded
    }

    /// Connects, and goes on trying for as long as there is no keeper.
    func connect() {
        do {
            if wasLost {
                try handOver()
            } else {
                try take()
            }
        } catch {
            reviveIfDue()
            reactor.schedule(at: Instant.now() + Self.retryInterval) { [weak self] in self?.connect() }
        }
    }

    private func reviveIfDue() {
        guard wasLost, Instant.now() >= reviveAt else { return }
        reviveAt = Instant.now() + Self.revivalInterval
        Log.write("nobody started another keeper; starting one")
        do {
            try KeeperRevival.start(locations)
        } catch {
            Log.write("\(error)")
        }
    }

    private func take() throws(SystemError) {
        let client = try KeeperClient(reactor: reactor, locations: locations, role: .gateway)
        // A loop that hangs is a gateway that hangs.
        client.onHeartbeat = { [loops] alive in loops.gather({ _ in true }) { _ in alive() } }
        client.onEvent = { [weak self] event, descriptor in self?.receive(event, descriptor) }
        client.onClose = { [weak self] in self?.lost() }
        self.client = client
    }

    private func lost() {
        client = nil
        wasLost = true
        reviveAt = Instant.now() + Self.revivalInterval
        Log.write("the keeper is gone; going on without it")
        connect()
    }

    /// Speaks for the keeper that was: as a gateway it would take the place of the new keeper's own.
    private func handOver() throws(SystemError) {
        let client = try KeeperClient(reactor: reactor, locations: locations, role: .keeper)
        self.client = client
        loops.copyListeners { [onSuperseded] listeners in
            for listener in listeners {
                let request = ListenRequest(
                    key: listener.key, address: listener.address, port: listener.port, owner: .gateway)
                client.send(.listen(request), descriptor: listener.descriptor)
                close(listener.descriptor)
            }
            Log.write("there is a new keeper; it has the sockets, and its gateway takes over")
            onSuperseded()
        }
    }

    private func receive(_ event: KeeperEvent, _ descriptor: Int32?) {
        switch event {
        case .listening(let key, let port):
            guard let descriptor else { return }
            Log.write("listening for \(key) on port \(port)")
            return loops.addListener(key: key, descriptor: descriptor)
        case .listenerClosed(let key):
            Log.write("no longer listening for \(key)")
            loops.removeListener(key: key)
        case .welcome, .spawned, .spawnFailed, .exited, .standingOrdersWithdrawn, .notified, .listenFailed,
            .roleRestarted, .notice, .noticeEnded, .heartbeat:
            // The healer's concern.
            break
        }
        if let descriptor { close(descriptor) }
    }
}
