internal import Platform
internal import Stack
internal import Wire

/// The healer's end of the connection to the gateway: the configuration is sent whole to every new gateway and where the
/// stack has changed, and otherwise just the routes that have.
final class GatewayLink {
    private static let retryInterval = Duration.milliseconds(20)

    private let reactor: Reactor
    private let path: String
    private let onReport: (GatewayReport) -> Void
    private var connection: FramedConnection?
    /// What a new gateway is sent, by route.
    private var newest: [GatewayConfiguration.Route.Name: GatewayConfiguration.Route]?

    init(reactor: Reactor, path: String, onReport: @escaping (GatewayReport) -> Void) {
        self.reactor = reactor
        self.path = path
        self.onReport = onReport
    }

    /// Connects, and goes on trying for as long as there is no gateway.
    func connect() {
        do {
            let connection = try FramedConnection.connect(to: path, reactor: reactor)
            connection.onFrame = { [weak self] frame, _ in self?.receive(frame) }
            connection.onClose = { [weak self] in
                self?.connection = nil
                self?.retry()
            }
            self.connection = connection
            if let newest {
                let whole = GatewayConfiguration(routes: Array(newest.values))
                connection.send(GatewayInstruction.configuration(whole).encoded())
            }
        } catch {
            retry()
        }
    }

    func send(_ configuration: GatewayConfiguration) {
        let routes = Dictionary(configuration.routes.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
        guard routes != newest else { return }
        newest = routes
        connection?.send(GatewayInstruction.configuration(configuration).encoded())
    }

    /// Sends those of `routes` that are new or have changed; the others stay as they are.
    func send(changed routes: [GatewayConfiguration.Route]) {
        // Until there was a whole one there is nothing to change.
        guard newest != nil else { return }
        let changed = routes.filter { newest?[$0.name] != $0 }
        guard !changed.isEmpty else { return }
        for route in changed { newest?[route.name] = route }
        connection?.send(
            GatewayInstruction.configuration(GatewayConfiguration(routes: changed, isComplete: false)).encoded())
    }

    private func retry() {
        _ = reactor.schedule(at: Instant.now() + Self.retryInterval) { [weak self] in self?.connect() }
    }

    private func receive(_ frame: [UInt8]) {
        guard let report = GatewayReport(decoding: frame) else { return }
        onReport(report)
    }

    /// Tells the gateway what a person wants of breakers; false where there is no gateway.
    func send(_ order: BreakerOrder) -> Bool {
        guard let connection else { return false }
        connection.send(GatewayInstruction.breaker(order).encoded())
        return true
    }
}
