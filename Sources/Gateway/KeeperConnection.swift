internal import Glibc
internal import KeeperLink
internal import Platform
internal import Stack
internal import Wire

/// The gateway's connection to the keeper, from which the listening sockets come. While there is no keeper the gateway
/// goes on with those it has.
final class KeeperConnection {
    private static let retryInterval = Duration.milliseconds(50)

    private let reactor: Reactor
    private let locations: Locations
    private let forwarder: Forwarder
    private var client: KeeperClient?
    private var wasLost = false

    init(reactor: Reactor, locations: Locations, forwarder: Forwarder) {
        self.reactor = reactor
        self.locations = locations
        self.forwarder = forwarder
    }

    /// Connects, and goes on trying for as long as there is no keeper.
    func connect() {
        do {
            let client = try KeeperClient(reactor: reactor, locations: locations, role: .gateway)
            client.onEvent = { [weak self] event, descriptor in self?.receive(event, descriptor) }
            client.onClose = { [weak self] in self?.lost() }
            self.client = client
            if wasLost { Log.write("the keeper is back") }
        } catch {
            retry()
        }
    }

    private func lost() {
        client = nil
        wasLost = true
        Log.write("the keeper is gone; going on without it")
        retry()
    }

    private func retry() {
        reactor.schedule(at: Instant.now() + Self.retryInterval) { [weak self] in self?.connect() }
    }

    private func receive(_ event: KeeperEvent, _ descriptor: Int32?) {
        switch event {
        case .listening(let key, let port):
            guard let descriptor else { return }
            Log.write("listening for \(key) on port \(port)")
            return forwarder.addListener(key: key, descriptor: descriptor)
        case .listenerClosed(let key):
            Log.write("no longer listening for \(key)")
            forwarder.removeListener(key: key)
        case .welcome, .spawned, .spawnFailed, .exited, .notified, .listenFailed, .roleRestarted,
            .notice:
            // The healer's concern.
            break
        }
        if let descriptor { close(descriptor) }
    }
}
