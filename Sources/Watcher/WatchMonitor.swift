internal import Control
internal import Platform
internal import Stack

/// Tells monitors over HTTP how the watch stands: `/metrics`, `/status`, `/healthz`.
final class WatchMonitor {
    private static let patience = Duration.seconds(5)
    private static let silence = MonitorPage.text(503, "the watch does not answer")

    private let server: MonitorServer

    /// Listens at `address`.
    init(at address: SocketAddress, _ line: LoopLine) throws {
        func page(_ body: @escaping @Sendable (WatchPicture) -> MonitorPage) -> @Sendable () -> MonitorPage {
            { line.ask(within: Self.patience) { $0.picture }.map(body) ?? Self.silence }
        }
        server = try MonitorServer(
            tcp: try listenSocket(at: address),
            pages: [
                "/metrics": page { .metrics(WatchMetrics.families($0)) },
                "/status": page { .json(WatchStatus($0)) },
                "/healthz": page { $0.problem.map { .text(503, $0) } ?? .text(200, "ok") },
            ])
    }

    func end() {
        server.stop()
    }
}
