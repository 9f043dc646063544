import Glibc

/// Plain blocking sockets for tests, with a receive timeout so that no test hangs.
enum TestSockets {
    struct Failure: Error {
        var call: String
        var code: Int32
    }

    static func listenTCP() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = try check(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0), "socket")
        var address = loopback(port: 0)
        try withAddress(&address) { try check(bind(descriptor, $0, $1), "bind") }
        try check(listen(descriptor, 4096), "listen")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = try withUnsafeMutablePointer(to: &address) {
            try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try check(getsockname(descriptor, $0, &length), "getsockname")
            }
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    static func listenUnix(_ path: String) throws -> Int32 {
        let descriptor = try check(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0), "socket")
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        try withAddress(&address) { try check(bind(descriptor, $0, $1), "bind") }
        try check(listen(descriptor, 128), "listen")
        return descriptor
    }

    static func connect(port: UInt16) throws -> Int32 {
        let descriptor = try check(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0), "socket")
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = loopback(port: port)
        do {
            try withAddress(&address) { try check(Glibc.connect(descriptor, $0, $1), "connect") }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Sends `bytes`, as many as the other end takes, and returns all it answers until it closes.
    static func exchange(port: UInt16, _ bytes: [UInt8]) throws -> [UInt8] {
        let descriptor = try connect(port: port)
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { break }
            rest = rest.dropFirst(sent)
        }
        shutdown(descriptor, Int32(SHUT_WR))
        return receiveAll(descriptor)
    }

    static func receiveAll(_ descriptor: Int32) -> [UInt8] {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return received }
            received += buffer.prefix(count)
        }
    }

    @discardableResult
    static func check(_ result: Int32, _ call: String) throws -> Int32 {
        guard result >= 0 else { throw Failure(call: call, code: errno) }
        return result
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func withAddress<Address>(
        _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Void
    ) throws {
        try withUnsafePointer(to: &address) {
            try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try body($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }
}
