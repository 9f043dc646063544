internal import Glibc
internal import Platform
internal import Wire

/// Listening sockets that a service manager opened before Hale was there, by what they listen on.
///
/// They stay open for as long as the keeper lives, so that one whose port is published, withdrawn and published again
/// is still there.
struct PassedSockets {
    private struct Passed {
        var address: String
        var port: UInt16
        var descriptor: Int32
    }

    private var sockets: [Passed] = []

    /// Takes over a socket.
    mutating func add(_ request: ListenRequest, descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        // The newest one comes first: the service manager may have opened it anew.
        sockets.insert(Passed(address: request.address, port: request.port, descriptor: descriptor), at: 0)
        for (index, former) in sockets.enumerated().reversed()
        where index > 0 && former.address == request.address && former.port == request.port {
            close(former.descriptor)
            sockets.remove(at: index)
        }
    }

    /// A descriptor of its own for the socket that listens there; nil where none does.
    func copy(for request: ListenRequest) -> Int32? {
        guard request.port > 0 else { return nil }
        let exact = sockets.first { $0.address == request.address && $0.port == request.port }
        // A wildcard socket of IPv6 takes clients of IPv4 as well, unless it was told not to.
        let wide =
            request.address == "0.0.0.0"
            ? sockets.first { $0.address == "::" && $0.port == request.port && Self.takesBoth($0.descriptor) } : nil
        guard let found = exact ?? wide else { return nil }
        let copy = fcntl(found.descriptor, F_DUPFD_CLOEXEC, 3)
        return copy >= 0 ? copy : nil
    }

    mutating func closeAll() {
        for socket in sockets { close(socket.descriptor) }
        sockets = []
    }

    private static func takesBoth(_ descriptor: Int32) -> Bool {
        var only: Int32 = 1
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &only, &size) == 0 && only == 0
    }
}
