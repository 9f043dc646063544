internal import Platform

/// The forwarder on a reactor, with its connections to keeper and healer.
final class GatewayAssembly {
    let forwarder: Forwarder
    private let keeper: KeeperConnection
    private let healer: HealerConnection

    /// Forwards by the last configuration as soon as the keeper hands over its sockets.
    init(locations: Locations, reactor: Reactor, limits: Forwarder.Limits) throws(SystemError) {
        guard
            let forwarder = Forwarder(
                limits: limits, accessLogs: locations.accessLogs, queues: locations.queues, report: Log.write)
        else {
            throw SystemError.last("make an epoll instance")
        }
        self.forwarder = forwarder
        let file = ConfigurationFile(path: locations.gatewayConfiguration)
        let kept = KeptConfiguration(reactor: reactor, file: file)
        let healer = HealerConnection(
            reactor: reactor, path: locations.gatewaySocket, forwarder: forwarder, kept: kept)
        let drain = Drain(reactor: reactor, forwarder: forwarder, file: file)
        let breakers = KeptBreakers(reactor: reactor, path: locations.gatewayBreakers, forwarder: forwarder)
        self.healer = healer
        keeper = KeeperConnection(reactor: reactor, locations: locations, forwarder: forwarder) {
            healer.stop()
            breakers.stop()
            forwarder.handOverQueues()
            drain.start()
        }
        try makeFolders(locations.runtime, mode: 0o700)
        breakers.load()
        forwarder.apply(kept.whole)
        breakers.onChange = { [weak healer] in healer?.reportBreakers() }
        healer.onInstruction = { breakers.noteChanges() }
        try reactor.register(forwarder.descriptor, for: .read) { _ in
            forwarder.turnUntilIdle()
            breakers.noteChanges()
        }
    }

    /// Starts to look for keeper and healer.
    func start() {
        keeper.connect()
        healer.listen()
    }
}

extension Forwarder {
    /// Handles what is due until nothing is, but not without end: keeper and healer have a word to say as well.
    func turnUntilIdle() {
        for _ in 0..<4 where turn(milliseconds: 0) { return }
    }
}
