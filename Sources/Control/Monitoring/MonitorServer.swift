/// A few pages for monitors over HTTP/1.1, on a TCP socket that already listens. Any thread may call it.
public final class MonitorServer: Sendable {
    private let daemon: HTTPDaemon

    /// Serves `pages`, by their paths, on a listening socket, which it owns from now on; each is made anew for whoever
    /// asks, on a thread that may wait.
    public init(
        tcp descriptor: Int32, pages: [String: @Sendable () -> MonitorPage]
    ) throws(ControlServerError) {
        let started = HTTPDaemon.start(
            descriptor: descriptor, kind: .tcp, answerer: MonitorPages(pages: pages), streams: nil,
            limits: HTTPDaemon.Limits())
        guard let started else { throw .notStarted(descriptor) }
        daemon = started
    }

    /// Accepts nothing more; does not wait for requests in progress.
    public func stop() {
        daemon.retire(patience: .zero)
    }
}
