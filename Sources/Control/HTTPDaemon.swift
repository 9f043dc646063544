internal import CMicroHTTPD
internal import Dispatch
internal import Glibc
internal import Platform
internal import Stack
internal import Synchronization

/// Who answers the requests of a socket; called from its threads.
protocol RequestAnswerer: Sendable {
    /// The refusal of a request by its head alone, or nil where it is let in.
    func admit(_ head: inout RequestHead) -> Response?
    /// How many bytes of body a request may have.
    func bodyLimit(of head: RequestHead) -> Int
    /// The answer to a longer one.
    func tooLarge(_ head: RequestHead) -> Response
    /// The answer to a request that was not refused.
    func answer(_ head: RequestHead, body: [UInt8]) -> Response
}

/// One listening socket served by libmicrohttpd.
final class HTTPDaemon: Sendable {
    enum Kind {
        case tcp, unix
    }

    /// How much of everything one socket takes.
    struct Limits {
        /// From this many connections on, the one that has been silent longest makes way for each that comes.
        var crowd = 128
        /// More than a crowd, since the connections that make way take a moment to be gone.
        var connections: UInt32 = 512
        /// So that one host leaves room for others; every local caller counts as one host.
        var connectionsPerAddress: UInt32 = 448
        /// How long a connection may be silent.
        var seconds: UInt32 = 30
        /// Bytes of memory for the head of one request.
        var head = 32 << 10
        /// Readers that follow the events.
        var streams = 64
        /// How long such a reader hears nothing at most.
        var silence = Duration.seconds(15)
    }

    let kind: Kind
    let answerer: any RequestAnswerer
    /// Requests that are being answered.
    let active = DispatchGroup()
    let connections: OpenConnections
    /// Nil where no answer is a stream.
    let streams: EventStreams?
    private let handle = Mutex<OpaqueHandle>(OpaqueHandle(pointer: nil))

    /// Unchecked: libmicrohttpd's functions on a daemon may be called from any thread, and the pointer itself is only
    /// read and replaced with the mutex held.
    private struct OpaqueHandle: @unchecked Sendable {
        var pointer: OpaquePointer?
    }

    private init(kind: Kind, answerer: any RequestAnswerer, streams: EventStreams?, limits: Limits) {
        self.kind = kind
        self.answerer = answerer
        self.streams = streams
        connections = OpenConnections(crowd: limits.crowd)
    }

    /// Serves `descriptor`, which it owns from now on.
    static func start(
        descriptor: Int32, kind: Kind, answerer: any RequestAnswerer, streams: EventStreams?, limits: Limits
    ) -> HTTPDaemon? {
        guard makeReady(descriptor) else { return nil }
        let daemon = HTTPDaemon(kind: kind, answerer: answerer, streams: streams, limits: limits)
        let retained = Unmanaged.passRetained(daemon)
        var settings = hale_mhd_settings(
            listen_socket: descriptor, connection_limit: limits.connections,
            per_address_limit: kind == .tcp ? limits.connectionsPerAddress : 0, timeout_seconds: limits.seconds,
            memory_limit: limits.head, handle: handleRequest, completed: requestCompleted,
            connection_changed: connectionChanged, context: retained.toOpaque())
        // Without its own wake-up channel (ITC) the library would end by shutdown(2) on the listening socket, which
        // would end it for every process that shares it.
        let flags =
            MHD_USE_THREAD_PER_CONNECTION.rawValue | MHD_USE_INTERNAL_POLLING_THREAD.rawValue | MHD_USE_POLL.rawValue
            | MHD_USE_ITC.rawValue
        guard let pointer = hale_mhd_start(flags, &settings) else {
            // The descriptor is not closed here: on some failures the library has done it, and the number may by now
            // be somebody else's.
            retained.release()
            return nil
        }
        daemon.handle.withLock { $0.pointer = pointer }
        return daemon
    }

    /// Whether `descriptor` listens. The library would answer to anything else by a socket of its own, open to all.
    private static func makeReady(_ descriptor: Int32) -> Bool {
        var listens: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0, listens == 1 else {
            return false
        }
        // Others may accept from the same socket, and take the connection between this server's poll and its accept.
        let flags = fcntl(descriptor, F_GETFL)
        return flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0
    }

    /// Accepts nothing more, lets streams go and running requests finish within `patience`, then frees everything, on
    /// another thread.
    func retire(patience: Duration = .seconds(30), completion: @escaping @Sendable () -> Void = {}) {
        let taken = handle.withLock { handle in
            defer { handle.pointer = nil }
            return handle
        }
        guard let pointer = taken.pointer else { return completion() }
        // They would never be finished by themselves; their readers come back to the next server.
        streams?.end()
        let descriptor = MHD_quiesce_daemon(pointer)
        DetachedThread.run {
            _ = self.active.wait(timeout: .now() + .milliseconds(Int(patience.seconds * 1000)))
            MHD_stop_daemon(taken.pointer)
            if descriptor >= 0 { close(descriptor) }
            Unmanaged.passUnretained(self).release()
            completion()
        }
    }
}
