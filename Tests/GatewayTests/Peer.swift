import Foundation
import Testing

/// A blocking TCP socket on 127.0.0.1 that gives up after 20 seconds, so that a test fails and does not hang.
final class Peer: ByteStream, Sendable {
    enum Failure: Error, Equatable {
        case system(String, Int32)
        case ended
    }

    let descriptor: Int32

    init(descriptor: Int32) {
        self.descriptor = descriptor
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
    }

    deinit {
        close(descriptor)
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func call(
        _ name: String, _ descriptor: Int32, _ address: sockaddr_in,
        _ function: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32
    ) throws {
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure.system(name, errno) }
    }

    private static func stream() -> Int32 { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }

    /// A socket that listens on `port`, or on one that the kernel chooses.
    static func listening(port: UInt16 = 0, backlog: Int32 = 4096) throws -> Peer {
        let peer = try bound(port: port)
        guard listen(peer.descriptor, backlog) == 0 else { throw Failure.system("listen", errno) }
        return peer
    }

    /// A socket that has a port and refuses connections.
    static func bound(port: UInt16 = 0) throws -> Peer {
        let peer = Peer(descriptor: stream())
        var on: Int32 = 1
        setsockopt(peer.descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        try call("bind", peer.descriptor, address(port), bind)
        return peer
    }

    static func connected(to port: UInt16) throws -> Peer {
        let peer = Peer(descriptor: stream())
        try peer.connect(to: port)
        return peer
    }

    func connect(to port: UInt16) throws {
        try Self.call("connect", descriptor, Self.address(port), Foundation.connect)
    }

    func startListening() {
        listen(descriptor, 4096)
    }

    var port: UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    func accept() throws -> Peer {
        // It may be one that the gateway had, which does not wait.
        var watched = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
        poll(&watched, 1, 20_000)
        let descriptor = Foundation.accept(self.descriptor, nil, nil)
        guard descriptor >= 0 else { throw Failure.system("accept", errno) }
        return Peer(descriptor: descriptor)
    }

    /// Whether there is something to receive or somebody to accept.
    var hasInput: Bool {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&watched, 1, 0) == 1
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                Foundation.send(descriptor, raw.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count >= 0 else { throw Failure.system("send", errno) }
            sent += count
        }
    }

    /// What arrives next; empty at the end.
    func receive() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 256 * 1024)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw Failure.system("recv", errno) }
        return Array(buffer.prefix(count))
    }

    /// What arrives up to and with `end`.
    func receive(through end: String) throws -> String {
        var text = ""
        while !text.hasSuffix(end) {
            let more = try receive(count: 1, most: 1)
            text += String(decoding: more, as: UTF8.self)
        }
        return text
    }

    private func receive(count: Int, most: Int) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: most)
        let received = recv(descriptor, &buffer, most, 0)
        guard received >= 0 else { throw Failure.system("recv", errno) }
        guard received >= count else { throw Failure.ended }
        return Array(buffer.prefix(received))
    }

    /// The head of a request or a response.
    func head() throws -> String { try receive(through: "\r\n\r\n") }

    func endOutput() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Has `close` reset the connection.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Has `close` tell the other end nothing, as if this one had never been (tcp(7), TCP_REPAIR); false without root.
    func vanishOnClose() -> Bool {
        var on: Int32 = 1
        return setsockopt(descriptor, Int32(IPPROTO_TCP), 19, &on, socklen_t(MemoryLayout<Int32>.size)) == 0
    }

    /// What the connection was ended by; waits for it.
    func ending() -> Failure? {
        do {
            _ = try receiveAll()
            return .ended
        } catch {
            return error as? Failure
        }
    }

    static let wasReset = Failure.system("recv", ECONNRESET)
}
