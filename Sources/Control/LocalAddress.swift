internal import Glibc
internal import Platform

/// The address of this end of a connection.
enum LocalAddress {
    /// As text without a port; IPv4 that came in over an IPv6 socket as IPv4; nil where the descriptor has none.
    static func text(of descriptor: Int32) -> String? { SocketAddress.text(of: descriptor, by: getsockname) }
}

/// Who is at the other end of a connection.
enum Peer {
    /// The address without a port, as `LocalAddress` writes it.
    static func address(of descriptor: Int32) -> String? { SocketAddress.text(of: descriptor, by: getpeername) }

    /// The user of the process that connected to a unix socket, by name, or as a number where the machine knows no name.
    static func user(of descriptor: Int32) -> String? {
        PeerCredentials(of: descriptor).map { name(ofUser: $0.user) }
    }

    private static func name(ofUser number: UInt32) -> String {
        var entry = passwd()
        var buffer = [CChar](repeating: 0, count: 16_384)
        var found: UnsafeMutablePointer<passwd>?
        guard getpwuid_r(number, &entry, &buffer, buffer.count, &found) == 0, let found,
            let name = found.pointee.pw_name
        else { return "user \(number)" }
        return String(cString: name)
    }
}

private enum SocketAddress {
    typealias Question = (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32

    static func text(of descriptor: Int32, by ask: Question) -> String? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let isKnown = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                ask(descriptor, address, &length) == 0
                    && getnameinfo(address, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0
            }
        }
        guard isKnown else { return nil }
        let bytes = host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : text
    }
}
