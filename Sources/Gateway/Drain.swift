internal import Platform
internal import Stack

/// The end of a gateway whose sockets another one has: its connections go on until they end by themselves.
final class Drain {
    private static let interval = Duration.milliseconds(50)

    private let reactor: Reactor
    private let loops: ForwardingLoops
    private let file: ConfigurationFile

    init(reactor: Reactor, loops: ForwardingLoops, file: ConfigurationFile) {
        self.reactor = reactor
        self.loops = loops
        self.file = file
    }

    /// Accepts nobody any more, and stops the reactor once there is no connection.
    func start() {
        loops.removeListeners()
        look()
    }

    private func look() {
        loops.gather({ (isBusy: $0.table.count > 0 || $0.bridges.left > 0, hasWaiting: $0.hasWaiting) }) { [self] in
            guard $0.contains(where: \.isBusy) else { return reactor.stop() }
            // Nobody tells this gateway any more when a held route opens, but its successor keeps what it is told.
            if $0.contains(where: \.hasWaiting), let configuration = file.load() {
                loops.apply(configuration) { configuration }
            }
            reactor.schedule(at: Instant.now() + Self.interval) { [self] in look() }
        }
    }
}
