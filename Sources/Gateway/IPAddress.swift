internal import Glibc

/// An address of the internet, of either version. One of version 4 in the form of version 6 is one of version 4.
struct IPAddress: Equatable {
    /// Whether it is of version 4.
    let isFour: Bool
    private let high: UInt64
    private let low: UInt64

    /// Four or sixteen bytes, as they are sent.
    init(_ bytes: UnsafeRawBufferPointer) {
        var (high, low): (UInt64, UInt64) = (0, 0)
        for byte in bytes.prefix(bytes.count - min(bytes.count, 8)) { high = high << 8 | UInt64(byte) }
        for byte in bytes.suffix(8) { low = low << 8 | UInt64(byte) }
        let isMapped = bytes.count > 4 && high == 0 && low >> 32 == 0xffff
        isFour = bytes.count <= 4 || isMapped
        self.high = high
        self.low = isMapped ? low & 0xffff_ffff : low
    }

    /// As inet_pton(3) reads it.
    init?(_ text: String) {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self = withUnsafeBytes(of: &four) { IPAddress($0) }
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        self = withUnsafeBytes(of: &six) { IPAddress($0) }
    }

    /// The bytes as they are sent.
    var bytes: [UInt8] {
        let four = (0..<4).map { UInt8(truncatingIfNeeded: low >> (24 - 8 * UInt64($0))) }
        guard !isFour else { return four }
        return [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64($0))) } }
    }

    /// As inet_ntop(3) writes it.
    var text: String {
        var characters = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(isFour ? AF_INET : AF_INET6, bytes, &characters, socklen_t(characters.count)) != nil else {
            return ""
        }
        return String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether it is one of this host's own.
    var isLoopback: Bool { isFour ? low >> 24 == 127 : high == 0 && low == 1 }
}
