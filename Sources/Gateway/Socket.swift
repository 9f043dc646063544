internal import CLinux
internal import Glibc
internal import Platform

/// The socket calls of the forwarding loop. None blocks and none allocates.
enum Socket {
    /// What became of a read or a write.
    enum Transfer: Equatable {
        /// So many bytes went, at least one.
        case bytes(Int)
        /// Not now.
        case wouldBlock
        /// The peer has sent its last byte.
        case ended
        /// The connection is broken.
        case failed
    }

    /// How an accept(2) went.
    enum Acceptance: Equatable {
        case accepted(Int32)
        /// Nobody is waiting.
        case empty
        /// That client went away or its connection failed; others may wait.
        case lost
        /// No descriptor or no memory is left.
        case exhausted
        /// The socket does not listen.
        case broken
    }

    /// The next client of a listening socket, not blocking and closed on exec.
    static func accept(_ listener: Int32) -> Acceptance {
        let descriptor = hale_accept(listener)
        if descriptor >= 0 { return .accepted(descriptor) }
        switch errno {
        case EAGAIN: return .empty
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
        case EBADF, EINVAL, ENOTSOCK, EOPNOTSUPP: return .broken
        default: return .lost
        }
    }

    /// A new stream socket, not blocking and closed on exec; nil where no descriptor is left.
    static func stream(family: Int32, in network: NetworkNamespace?) -> Int32? {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = network.map { $0.socket(family: family, kind: kind) } ?? socket(family, kind, 0)
        return descriptor >= 0 ? descriptor : nil
    }

    /// Two sockets that are connected with each other, not blocking and closed on exec; nil where no descriptor is left.
    static func pair() -> (Int32, Int32)? {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        var ends: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutablePointer(to: &ends) { pointer in
            pointer.withMemoryRebound(to: Int32.self, capacity: 2) { socketpair(AF_UNIX, kind, 0, $0) }
        }
        return result == 0 ? ends : nil
    }

    static func receive(_ descriptor: Int32, into buffer: UnsafeMutableRawPointer, count: Int) -> Transfer {
        let received = recv(descriptor, buffer, count, 0)
        if received > 0 { return .bytes(received) }
        if received == 0 { return .ended }
        return errno == EAGAIN || errno == EINTR ? .wouldBlock : .failed
    }

    static func send(_ descriptor: Int32, _ bytes: UnsafeRawPointer, count: Int) -> Transfer {
        let sent = Glibc.send(descriptor, bytes, count, Int32(MSG_NOSIGNAL))
        if sent >= 0 { return .bytes(sent) }
        return errno == EAGAIN || errno == EINTR ? .wouldBlock : .failed
    }

    /// Whether bytes wait to be read; they stay where they are.
    static func hasInput(_ descriptor: Int32) -> Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }

    /// Whether the peer has neither said anything nor ended.
    static func isSilent(_ descriptor: Int32) -> Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) < 0 && errno == EAGAIN
    }

    /// Has epoll report input once there is more than so much (SO_RCVLOWAT, socket(7)).
    static func reportInput(_ descriptor: Int32, beyond count: Int) {
        var least = Int32(clamping: count + 1)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVLOWAT, &least, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Tells the peer that no more bytes come.
    static func endOutput(_ descriptor: Int32) {
        _ = shutdown(descriptor, Int32(SHUT_WR))
    }

    /// The error that a connect(2) under way ended with; zero is success.
    static func connectError(_ descriptor: Int32) -> Int32 {
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 else { return errno }
        return error
    }

    /// The ports that the kernel gives to clients (ip_local_port_range, ip(7)); all where it does not say.
    static let clientPorts: ClosedRange<UInt16> = {
        let text = (try? readWholeFile("/proc/sys/net/ipv4/ip_local_port_range", limit: 100)) ?? []
        let bounds = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap {
            UInt16($0)
        }
        guard bounds.count == 2, bounds[0] <= bounds[1] else { return 0...UInt16.max }
        return bounds[0]...bounds[1]
    }()

    /// Whether a socket is connected to itself: while nobody listens on a port that the kernel also gives to clients,
    /// a connect(2) to it on the same host may be given that very port and meet itself.
    static func isConnectedToItself(_ descriptor: Int32) -> Bool {
        var own = sockaddr_storage()
        var peer = sockaddr_storage()
        var ownLength = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var peerLength = ownLength
        let known =
            withUnsafeMutablePointer(to: &own) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &ownLength) }
            } == 0
            && withUnsafeMutablePointer(to: &peer) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &peerLength) }
            } == 0
        return known && ownLength == peerLength && memcmp(&own, &peer, Int(ownLength)) == 0
    }

    /// The numeric address and the port of a TCP socket; nil for any other.
    static func localAddress(_ descriptor: Int32) -> (address: String, port: UInt16)? {
        var four = sockaddr_in()
        var six = sockaddr_in6()
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        if readName(of: descriptor, into: &four), four.sin_family == sa_family_t(AF_INET) {
            guard inet_ntop(AF_INET, &four.sin_addr, &text, socklen_t(text.count)) != nil else { return nil }
            return (Self.string(text), UInt16(bigEndian: four.sin_port))
        }
        if readName(of: descriptor, into: &six), six.sin6_family == sa_family_t(AF_INET6) {
            guard inet_ntop(AF_INET6, &six.sin6_addr, &text, socklen_t(text.count)) != nil else { return nil }
            return (Self.string(text), UInt16(bigEndian: six.sin6_port))
        }
        return nil
    }

    private static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func readName<Address>(of descriptor: Int32, into address: inout Address) -> Bool {
        var length = socklen_t(MemoryLayout<Address>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        } == 0
    }

    /// Closes so that the peer sees "connection reset" at once.
    static func reset(_ descriptor: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
    }

    /// Small writes go out at once. Sockets accepted from a listening socket inherit it.
    static func sendAtOnce(_ descriptor: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// A peer whose host has vanished is noticed in the end. Sockets accepted from a listening socket inherit it.
    static func keepAlive(_ descriptor: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Has a connection asked, after that many idle seconds and again after as many, whether its other end still exists.
    static func askWhetherPeerLives(_ descriptor: Int32, every seconds: Int32) {
        keepAlive(descriptor)
        var (idle, questions): (Int32, Int32) = (seconds, 3)
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE, &idle, size)
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL, &idle, size)
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_KEEPCNT, &questions, size)
    }

    /// Makes calls on the socket return where they would wait.
    static func makeNonblocking(_ descriptor: Int32) {
        let flags = fcntl(descriptor, F_GETFL)
        if flags >= 0 { _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) }
    }
}
