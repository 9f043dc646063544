internal import Dispatch
internal import Stack
internal import Synchronization

/// Why a socket is not served.
public struct ControlServerError: Error, Hashable, CustomStringConvertible {
    /// What failed, in a sentence.
    public var description: String

    static func notStarted(_ descriptor: Int32) -> ControlServerError {
        ControlServerError(
            description: "the HTTP server cannot be started on descriptor \(descriptor); is it a listening socket, "
                + "and are there threads and descriptors left (ulimit -u, ulimit -n)?")
    }
}

/// The status API over HTTP/1.1, on sockets that already listen.
///
/// Each socket has threads of its own, one for each connection, so that a command which waits for the engine holds up
/// nobody else. From 128 connections a socket on, the one silent longest makes way for a new one. Any thread may call it.
public final class ControlServer: Sendable {
    private let router: Router
    private let limits: HTTPDaemon.Limits
    private let daemons = Mutex<[String: HTTPDaemon]>([:])
    private static let unix = "unix"

    /// A server that answers from `backend`; it listens nowhere yet. Over TCP whoever shows one of `tokens` may change the
    /// stack, and nobody where there are none.
    public convenience init(backend: any ControlBackend, tokens: TokenFile? = nil) {
        self.init(backend: backend, tokens: tokens, limits: HTTPDaemon.Limits())
    }

    init(backend: any ControlBackend, tokens: TokenFile?, limits: HTTPDaemon.Limits) {
        router = Router(backend: backend, tokens: tokens.map(TokenGuard.init))
        self.limits = limits
    }

    /// Serves a listening TCP socket in place of the one served before under that name.
    ///
    /// The server owns the descriptor from now on. Requests that the earlier socket already took are answered. Does not
    /// wait. Returns what went wrong, if anything did; then the earlier socket is no longer served either.
    @discardableResult
    public func serve(tcp descriptor: Int32, named name: String = "TCP") -> ControlServerError? {
        serve(descriptor, as: .tcp, named: name)
    }

    /// Serves a listening unix socket in place of the one served before; for the rest like `serve(tcp:)`.
    ///
    /// Whoever can connect to it may change the stack: its file mode is the only guard.
    @discardableResult
    public func serve(unix descriptor: Int32) -> ControlServerError? {
        serve(descriptor, as: .unix, named: Self.unix)
    }

    /// Serves the TCP socket of that name no more; does not wait. Without effect where there is none.
    public func stopTCP(named name: String = "TCP") {
        daemons.withLock { $0.removeValue(forKey: name) }?.retire()
    }

    /// Accepts nothing more and gives requests in progress up to `patience` to be answered.
    ///
    /// Blocks: a request that waits for the calling thread gets no answer.
    public func stop(patience: Duration = .seconds(1)) {
        let running = daemons.withLock { daemons in
            defer { daemons = [:] }
            return daemons
        }
        let ended = DispatchGroup()
        for daemon in running.values {
            ended.enter()
            daemon.retire(patience: patience) { ended.leave() }
        }
        // A handler that is stuck in the backend must not keep the process from ending.
        _ = ended.wait(timeout: .now() + .milliseconds(Int(patience.seconds * 1000) + 500))
    }

    private func serve(_ descriptor: Int32, as kind: HTTPDaemon.Kind, named name: String) -> ControlServerError? {
        let streams = EventStreams(backend: router.backend, most: limits.streams, silence: limits.silence)
        let started = HTTPDaemon.start(
            descriptor: descriptor, kind: kind, answerer: router, streams: streams, limits: limits)
        let earlier = daemons.withLock { daemons in
            defer { daemons[name] = started }
            return daemons[name]
        }
        earlier?.retire()
        return started == nil ? .notStarted(descriptor) : nil
    }
}
