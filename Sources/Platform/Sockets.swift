internal import CLinux
internal import Glibc

/// What came of a read or a write on a descriptor that does not wait.
public enum Transfer: Hashable, Sendable {
    /// That many bytes; never 0 for a read.
    case bytes(Int)
    /// The other side will send no more.
    case end
    /// Nothing now; try again when the reactor says so.
    case wouldBlock
    /// The connection is broken: errno.
    case failed(Int32)
}

/// read(2) into `buffer`.
public func readBytes(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
    let count = retryingInterrupts { read(descriptor, buffer.baseAddress, buffer.count) }
    if count > 0 { return .bytes(count) }
    if count == 0 { return .end }
    return errno == EAGAIN ? .wouldBlock : .failed(errno)
}

/// Whether a pipe or FIFO has bytes to read (ioctl_pipe(2), FIONREAD); true where that cannot be told.
public func hasInput(_ descriptor: Int32) -> Bool {
    var count: Int32 = 0
    return ioctl(descriptor, UInt(FIONREAD), &count) != 0 || count > 0
}

/// send(2) without SIGPIPE.
public func sendBytes(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Transfer {
    let count = retryingInterrupts { send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL)) }
    if count >= 0 { return .bytes(count) }
    return errno == EAGAIN ? .wouldBlock : .failed(errno)
}

/// An address to listen at or to connect to.
public enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// A numeric IPv4 address.
    case ipv4(String, port: UInt16)
    /// A numeric IPv6 address.
    case ipv6(String, port: UInt16)
    /// A unix socket's path.
    case unix(String)

    /// The address that `host` is: a path, or a numeric address of either family.
    public init(host: String, port: UInt16) {
        if host.hasPrefix("/") {
            self = .unix(host)
        } else if host.contains(":") {
            self = .ipv6(host, port: port)
        } else {
            self = .ipv4(host, port: port)
        }
    }

    /// As it is written in an error.
    public var description: String {
        switch self {
        case .ipv4(let host, let port): "\(host):\(port)"
        case .ipv6(let host, let port): "[\(host)]:\(port)"
        case .unix(let path): path
        }
    }

    /// Whether it is a port of a numeric address.
    public var isNumeric: Bool {
        switch self {
        case .ipv4, .ipv6: withKernelAddress { _, _ in true } ?? false
        case .unix: false
        }
    }

    var family: Int32 {
        switch self {
        case .ipv4: AF_INET
        case .ipv6: AF_INET6
        case .unix: AF_UNIX
        }
    }

    /// Calls `body` with the address as the kernel takes it; nil where it is not numeric or the path is too long.
    func withKernelAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result? {
        switch self {
        case .ipv4(let host, let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { return nil }
            return Self.pass(&address, body)
        case .ipv6(let host, let port):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            guard inet_pton(AF_INET6, host, &address.sin6_addr) == 1 else { return nil }
            return Self.pass(&address, body)
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = Array(path.utf8)
            let fits = withUnsafeMutableBytes(of: &address.sun_path) { space in
                guard bytes.count < space.count else { return false }
                space.copyBytes(from: bytes)
                return true
            }
            return fits ? Self.pass(&address, body) : nil
        }
    }

    private static func pass<Address, Result>(
        _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }
}

/// A socket that listens at `address` and does not wait. A unix socket left behind by a dead process is replaced; one
/// that somebody still accepts on is left alone and is an error.
/// `network` is the path of the network namespace that it listens in; nil is the caller's.
public func listenSocket(
    at address: SocketAddress, in network: String? = nil, backlog: Int32 = 4_096
) throws(SystemError) -> Int32 {
    let attempt = "listen on \(address)" + (network.map { " in \($0)" } ?? "")
    let descriptor = try newSocket(address, in: network, attempt)
    do throws(SystemError) {
        try prepareListening(descriptor, address, attempt)
        guard listen(descriptor, backlog) == 0 else { throw SystemError.last(attempt) }
        return descriptor
    } catch {
        close(descriptor)
        throw error
    }
}

private func newSocket(
    _ address: SocketAddress, in network: String?, _ attempt: String
) throws(SystemError) -> Int32 {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = try newSocket(family: address.family, kind: kind, in: network, attempt)
    guard descriptor >= 0 else { throw SystemError.last(attempt) }
    return descriptor
}

private func newSocket(
    family: Int32, kind: Int32, in network: String?, _ attempt: String
) throws(SystemError) -> Int32 {
    guard let network else { return socket(family, kind, 0) }
    let namespace = NetworkNamespace(network)
    guard namespace.identity != nil else { throw SystemError.last(attempt) }
    return namespace.socket(family: family, kind: kind)
}

private func prepareListening(
    _ descriptor: Int32, _ address: SocketAddress, _ attempt: String
) throws(SystemError) {
    var one: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    switch address {
    case .ipv4: setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, size)
    case .ipv6:
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, size)
        setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &one, size)
    case .unix(let path): removeStaleSocket(path)
    }
    let bound = address.withKernelAddress { bind(descriptor, $0, $1) }
    guard let bound else { throw SystemError(code: EINVAL, attempt: attempt) }
    guard bound == 0 else { throw SystemError.last(attempt) }
    if case .unix(let path) = address { chmod(path, 0o600) }
}

private func removeStaleSocket(_ path: String) {
    do throws(SystemError) {
        close(try connectSocket(to: .unix(path)))
    } catch {
        // Anything else, such as a full backlog, means that somebody listens there.
        guard error.code == ECONNREFUSED else { return }
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
    }
}

/// A socket that is connected to `address` or, with TCP, on its way; it does not wait. Once it is writable,
/// `connectionError` tells how it went. `network` is the path of the network namespace it connects in; nil is the caller's.
public func connectSocket(to address: SocketAddress, in network: String? = nil) throws(SystemError) -> Int32 {
    let attempt = "connect to \(address)"
    let descriptor = try newSocket(address, in: network, attempt)
    let result = address.withKernelAddress { pointer, size in
        retryingInterrupts { connect(descriptor, pointer, size) }
    }
    if result == 0 || (result == -1 && errno == EINPROGRESS) { return descriptor }
    let error = result == nil ? SystemError(code: EINVAL, attempt: attempt) : SystemError.last(attempt)
    close(descriptor)
    throw error
}

/// SO_ERROR: 0 where the connection stands, else errno.
public func connectionError(_ descriptor: Int32) -> Int32 {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno
}

/// The next waiting connection, which does not wait; nil where there is none.
public func acceptSocket(_ listener: Int32) throws(SystemError) -> Int32? {
    let descriptor = retryingInterrupts { hale_accept(listener) }
    if descriptor >= 0 { return descriptor }
    // A connection that was given up before it was accepted is nobody's failure.
    if errno == EAGAIN || errno == ECONNABORTED { return nil }
    throw SystemError.last("accept a connection")
}

/// The port that a listening TCP socket got from the kernel; 0 for any other socket.
public func localPort(_ descriptor: Int32) -> UInt16 {
    var address = sockaddr_in6()
    var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
    }
    guard result == 0 else { return 0 }
    switch Int32(address.sin6_family) {
    // Both families keep the port at the same place.
    case AF_INET, AF_INET6: return UInt16(bigEndian: address.sin6_port)
    default: return 0
    }
}

/// The numeric addresses of the host's interfaces, sorted; link-local IPv6 ones are left out, as they need a zone.
public func interfaceAddresses() -> [String] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [] }
    defer { freeifaddrs(list) }
    var addresses: Set<String> = []
    var next = list
    while let entry = next {
        next = entry.pointee.ifa_next
        guard let address = entry.pointee.ifa_addr else { continue }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                var number = pointer.pointee.sin_addr
                _ = inet_ntop(AF_INET, &number, &text, socklen_t(text.count))
            }
        case AF_INET6:
            address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                var number = pointer.pointee.sin6_addr
                _ = inet_ntop(AF_INET6, &number, &text, socklen_t(text.count))
            }
        default: continue
        }
        let name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if !name.hasPrefix("fe80") { addresses.insert(name) }
    }
    return addresses.sorted()
}

/// A unix datagram socket at `path` (mode 0600) that does not wait; one left behind is replaced.
public func datagramSocket(at path: String) throws(SystemError) -> Int32 {
    let attempt = "listen on \(path)"
    let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { throw SystemError.last(attempt) }
    unlink(path)
    let bound = SocketAddress.unix(path).withKernelAddress { bind(descriptor, $0, $1) }
    guard bound == 0 else {
        let error = bound == nil ? SystemError(code: ENAMETOOLONG, attempt: attempt) : SystemError.last(attempt)
        close(descriptor)
        throw error
    }
    chmod(path, 0o600)
    return descriptor
}

/// The process at the other end of a connected unix socket: the one that connected or that listened.
public struct PeerCredentials {
    /// Its pid.
    public let pid: Int32
    /// Its user.
    public let user: UInt32

    /// Nil where the descriptor is no connected unix socket.
    public init?(of descriptor: Int32) {
        // struct ucred (unix(7)): pid, uid, gid. The C library hides it without _GNU_SOURCE.
        var fields: [UInt32] = [0, 0, 0]
        var length = socklen_t(12)
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &fields, &length) == 0, length == 12 else { return nil }
        (pid, user) = (Int32(bitPattern: fields[0]), fields[1])
    }
}
