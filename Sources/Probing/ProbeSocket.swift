internal import Glibc
internal import Platform

/// A TCP connection to an instance, which does not wait and is closed when it goes.
struct ProbeSocket: ~Copyable {
    private static let readSize = 16 * 1024

    let descriptor: Int32

    /// Starts to connect; how that went is known once the socket is ready.
    init(address: String, port: UInt16, network: String?) throws(SystemError) {
        descriptor = try connectSocket(to: SocketAddress(host: address, port: port), in: network)
    }

    deinit {
        close(descriptor)
    }

    /// Whether somebody could be connected to that address: it is numeric IPv4 or IPv6.
    static func isNumeric(_ address: String) -> Bool {
        var four = in_addr()
        var six = in6_addr()
        return inet_pton(AF_INET, address, &four) == 1 || inet_pton(AF_INET6, address, &six) == 1
    }

    /// Why the connection did not come about, as errno; 0 when it stands. To be asked once the socket is ready.
    func connectFailure() -> Int32 {
        let number = connectionError(descriptor)
        // Where nobody listens on a port of the ephemeral range, the kernel may connect a socket to itself.
        return number == 0 && isConnectedToItself ? ECONNREFUSED : number
    }

    /// What has arrived, up to 16 KiB; nothing else than `.bytes` comes with any.
    func read() -> (Transfer, [UInt8]) {
        var transfer = Transfer.wouldBlock
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.readSize) { buffer, filled in
            transfer = readBytes(descriptor, into: UnsafeMutableRawBufferPointer(buffer))
            if case .bytes(let count) = transfer { filled = count }
        }
        return (transfer, bytes)
    }

    /// How many bytes the kernel took at once; a failure shows itself at the next read.
    func write(_ bytes: ArraySlice<UInt8>) -> Int {
        switch bytes.withUnsafeBytes({ sendBytes(descriptor, $0) }) {
        case .bytes(let count): count
        case .wouldBlock, .end, .failed: 0
        }
    }

    private var isConnectedToItself: Bool {
        guard let near = name(getsockname), let far = name(getpeername) else { return false }
        return near == far
    }

    private func name(
        _ ask: (Int32, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>?) -> Int32
    ) -> [UInt8]? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(descriptor, $0, &length) }
        }
        guard result == 0 else { return nil }
        return withUnsafeBytes(of: &storage) { Array($0.prefix(Int(length))) }
    }
}
