internal import Platform

/// The loops, with their connections to keeper and healer on a reactor.
final class GatewayAssembly {
    let loops: ForwardingLoops
    private let keeper: KeeperConnection
    private let healer: HealerConnection

    /// Forwards in so many loops by the last configuration as soon as the keeper hands over its sockets.
    init(locations: Locations, reactor: Reactor, limits: Forwarder.Limits, loops count: Int) throws(SystemError) {
        let loops = try ForwardingLoops(count: count, limits: limits, locations: locations, reactor: reactor)
        self.loops = loops
        let file = ConfigurationFile(path: locations.gatewayConfiguration)
        let kept = KeptConfiguration(reactor: reactor, file: file)
        let healer = HealerConnection(
            reactor: reactor, path: locations.gatewaySocket, loops: loops, kept: kept)
        let drain = Drain(reactor: reactor, loops: loops, file: file)
        let breakers = KeptBreakers(reactor: reactor, path: locations.gatewayBreakers, loops: loops)
        self.healer = healer
        keeper = KeeperConnection(reactor: reactor, locations: locations, loops: loops) {
            healer.stop()
            breakers.stop()
            loops.handOverQueues()
            drain.start()
        }
        try makeFolders(locations.runtime, mode: 0o700)
        let configuration = kept.whole
        breakers.load(configuration)
        loops.apply(configuration) { configuration }
        healer.onOrder = { breakers.noteOrder() }
        loops.onBreakers = { [weak healer] in
            // What people are told of is known to the next gateway, too.
            breakers.noteChange()
            healer?.reportBreakers()
        }
    }

    /// Ends the loops, once all that they have gathered is written.
    func end() {
        loops.end()
    }

    /// Starts to look for keeper and healer.
    func start() {
        keeper.connect()
        healer.listen()
    }
}
