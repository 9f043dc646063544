internal import CLinux
internal import Glibc

/// Whole messages over a unix stream socket: four bytes of length, little-endian, then the message. A descriptor may
/// travel with a message.
///
/// Lives on a reactor's thread. A peer that does not read, or sends nonsense, loses its connection: memory is bounded.
public final class FramedConnection {
    /// The largest message either side takes.
    public static let frameLimit = 64 << 20
    private static let backlogLimit = 128 << 20

    private let reactor: Reactor
    private let descriptor: Int32
    private var registration: Registration?
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    private var incoming: [UInt8] = []
    /// Descriptors that came, each with the place in `incoming` where the read that brought it ended.
    private var passed: [(descriptor: Int32, end: Int)] = []
    private var outgoing: [(bytes: [UInt8], descriptor: Int32)] = []
    private var sent = 0
    private var backlog = 0
    private var closed = false

    /// Called for each message, with the descriptor that came along; the receiver then owns it.
    public var onFrame: (([UInt8], Int32?) -> Void)?
    /// Called once when the other side is gone or broke the rules; not after `close`.
    public var onClose: (() -> Void)?

    /// Takes over a connected socket.
    public init(_ descriptor: Int32, reactor: Reactor) throws(SystemError) {
        self.reactor = reactor
        self.descriptor = descriptor
        registration = try reactor.register(descriptor, for: .read) { [weak self] in self?.ready($0) }
    }

    deinit { shut() }

    /// Connects to the unix socket at `path`.
    public static func connect(to path: String, reactor: Reactor) throws(SystemError) -> FramedConnection {
        let descriptor = try connectSocket(to: .unix(path))
        do throws(SystemError) {
            return try FramedConnection(descriptor, reactor: reactor)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    /// Sends a message as soon as the socket takes it. A copy of `descriptor` travels along.
    public func send(_ frame: [UInt8], descriptor: Int32? = nil) {
        guard !closed else { return }
        let length = UInt32(truncatingIfNeeded: frame.count)
        let head = (0..<4).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
        // The caller may close its own as soon as this returns.
        let copy = descriptor.map { fcntl($0, F_DUPFD_CLOEXEC, 3) } ?? -1
        outgoing.append((head + frame, copy))
        backlog += frame.count
        guard backlog <= Self.backlogLimit else { return fail() }
        flush()
    }

    /// Ends the process at the other end of a unix socket (SO_PEERCRED, unix(7)), which cannot be another one's pid while
    /// the connection lives.
    public func killPeer() {
        guard !closed, let peer = PeerCredentials(of: descriptor), peer.pid > 1 else { return }
        kill(peer.pid, SIGKILL)
    }

    /// Ends the connection; nothing is called any more.
    public func close() {
        onFrame = nil
        onClose = nil
        shut()
    }

    private func shut() {
        guard !closed else { return }
        closed = true
        if let registration { reactor.remove(registration) }
        Glibc.close(descriptor)
        for frame in outgoing where frame.descriptor >= 0 { Glibc.close(frame.descriptor) }
        for arrival in passed { Glibc.close(arrival.descriptor) }
        outgoing = []
        passed = []
    }

    private func fail() {
        guard !closed else { return }
        shut()
        onClose?()
    }

    private func ready(_ readiness: Readiness) {
        if readiness.contains(.write) { flush() }
        if readiness.contains(.read) || readiness.contains(.closed) { receive() }
    }

    // MARK: Out

    private func flush() {
        while let frame = outgoing.first {
            let count = frame.bytes[sent...].withUnsafeBytes { part in
                retryingInterrupts {
                    hale_send_with_descriptor(
                        descriptor, part.baseAddress, part.count, sent == 0 ? frame.descriptor : -1)
                }
            }
            guard count >= 0 else {
                guard errno == EAGAIN else { return fail() }
                watch([.read, .write])
                return
            }
            sent += count
            guard sent == frame.bytes.count else { continue }
            if frame.descriptor >= 0 { Glibc.close(frame.descriptor) }
            backlog -= frame.bytes.count - 4
            sent = 0
            outgoing.removeFirst()
        }
        watch(.read)
    }

    private var watched: Readiness = .read

    private func watch(_ interest: Readiness) {
        guard interest != watched, let registration else { return }
        watched = interest
        try? reactor.update(registration, interest: interest)
    }

    // MARK: In

    private func receive() {
        while !closed {
            var descriptor: Int32 = -1
            let count = retryingInterrupts {
                hale_receive_with_descriptor(self.descriptor, &buffer, buffer.count, &descriptor)
            }
            if descriptor >= 0 { passed.append((descriptor, incoming.count + max(0, Int(count)))) }
            guard count > 0 else {
                if count < 0, errno == EAGAIN { return }
                return fail()
            }
            incoming += buffer[..<count]
            deliver()
        }
    }

    /// Hands on every whole message. A read ends inside or at the end of the part that has a descriptor (unix(7)), so it
    /// belongs to the message that holds the last byte of that read.
    private func deliver() {
        var start = 0
        while !closed, incoming.count - start >= 4 {
            let length = (0..<4).reduce(0) { $0 | Int(incoming[start + $1]) << ($1 * 8) }
            guard length <= Self.frameLimit else { return fail() }
            guard incoming.count - start - 4 >= length else { break }
            let frame = Array(incoming[(start + 4)..<(start + 4 + length)])
            start += 4 + length
            let came = passed.first.map { $0.end <= start } == true
            let descriptor = came ? passed.removeFirst().descriptor : nil
            if let onFrame {
                onFrame(frame, descriptor)
            } else if let descriptor {
                Glibc.close(descriptor)
            }
        }
        guard !closed, start > 0 else { return }
        incoming.removeFirst(start)
        for place in passed.indices { passed[place].end -= start }
    }
}

/// Accepts framed connections on a unix socket.
public final class FramedListener {
    private let reactor: Reactor
    private let descriptor: Int32
    private let path: String
    private var registration: Registration?

    /// Listens at `path` (mode 0600) and hands each connection to `onConnection`.
    public init(
        path: String, reactor: Reactor, onConnection: @escaping (FramedConnection) -> Void
    ) throws(SystemError) {
        self.reactor = reactor
        self.path = path
        descriptor = try listenSocket(at: .unix(path), backlog: 64)
        registration = try reactor.register(descriptor, for: .read) { [weak self] _ in self?.accept(onConnection) }
    }

    private func accept(_ onConnection: (FramedConnection) -> Void) {
        while let socket = try? acceptSocket(descriptor) {
            guard let connection = try? FramedConnection(socket, reactor: reactor) else {
                Glibc.close(socket)
                continue
            }
            onConnection(connection)
        }
    }

    /// Stops listening and removes the socket's file.
    public func close() {
        guard let registration else { return }
        reactor.remove(registration)
        self.registration = nil
        Glibc.close(descriptor)
        unlink(path)
    }
}
