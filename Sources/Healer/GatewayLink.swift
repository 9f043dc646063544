internal import Platform
internal import Stack
internal import Wire

/// The healer's end of the connection to the gateway: the newest configuration is sent whole at every change and again
/// to every new gateway.
final class GatewayLink {
    private static let retryInterval = Duration.milliseconds(20)

    private let reactor: Reactor
    private let path: String
    private let onCounters: (GatewayCounters) -> Void
    private var connection: FramedConnection?
    private var newest: GatewayConfiguration?

    init(reactor: Reactor, path: String, onCounters: @escaping (GatewayCounters) -> Void) {
        self.reactor = reactor
        self.path = path
        self.onCounters = onCounters
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
            if let newest { connection.send(newest.encoded()) }
        } catch {
            retry()
        }
    }

    func send(_ configuration: GatewayConfiguration) {
        guard configuration != newest else { return }
        newest = configuration
        connection?.send(configuration.encoded())
    }

    private func retry() {
        _ = reactor.schedule(at: Instant.now() + Self.retryInterval) { [weak self] in self?.connect() }
    }

    private func receive(_ frame: [UInt8]) {
        guard let counters = GatewayCounters(decoding: frame) else { return }
        onCounters(counters)
    }
}
