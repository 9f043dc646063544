internal import Platform
internal import Stack

/// The end of a gateway whose sockets another one has: its connections go on until they end by themselves.
final class Drain {
    private static let interval = Duration.milliseconds(50)

    private let reactor: Reactor
    private let forwarder: Forwarder
    private let file: ConfigurationFile

    init(reactor: Reactor, forwarder: Forwarder, file: ConfigurationFile) {
        self.reactor = reactor
        self.forwarder = forwarder
        self.file = file
    }

    /// Accepts nobody any more, and stops the reactor once there is no connection.
    func start() {
        for key in forwarder.listenerKeys { forwarder.removeListener(key: key) }
        look()
    }

    private func look() {
        guard forwarder.table.count > 0 || forwarder.bridges.left > 0 else { return reactor.stop() }
        // Nobody tells this gateway any more when a held route opens, but its successor keeps what it is told.
        if forwarder.hasWaiting, let configuration = file.load() { forwarder.apply(configuration) }
        reactor.schedule(at: Instant.now() + Self.interval) { [self] in look() }
    }
}
