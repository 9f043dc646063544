internal import Glibc
public import Platform

/// The gateway: clients' connections, from the listening sockets that the keeper owns to the instances that the healer
/// names. `hale gateway -p NAME`, started by the keeper.
public enum GatewayRole {
    /// Runs until it is told to end by SIGTERM or SIGINT; returns the exit code.
    ///
    /// Keeper and healer may come and go: the gateway forwards with the sockets and the configuration it has, and
    /// starts with the configuration it had last.
    public static func run(locations: Locations) -> Int32 {
        // Standard error leads to the keeper, whose end must not be the gateway's.
        signal(SIGPIPE, SIG_IGN)
        do {
            let reactor = try Reactor()
            DescriptorLimit.raise()
            let gateway = try GatewayAssembly(
                locations: locations, reactor: reactor,
                limits: Forwarder.Limits(
                    connections: ConnectionLimit.connections(descriptors: DescriptorLimit.present.soft)),
                loops: ForwardingLoops.preferredCount)
            for signal in [SIGTERM, SIGINT] { try reactor.onSignal(signal) { reactor.stop() } }
            gateway.start()
            withExtendedLifetime(gateway) { reactor.run() }
            gateway.end()
            return 0
        } catch {
            Log.write("the gateway cannot start: \(error)")
            return 1
        }
    }
}
