internal import Glibc
internal import Stack

/// The address of a client as text, without anything allocated.
struct ClientAddress {
    /// Its characters, of which `length` count.
    var text = InlineArray<46, UInt8>(repeating: 0)
    private(set) var length = 0
    /// Whether the client runs on this host.
    private(set) var isOfThisHost = false

    init() {}

    /// The gateway itself, on behalf of a client whom it knew.
    static var ownGateway: ClientAddress {
        var address = ClientAddress()
        address.isOfThisHost = true
        return address
    }

    /// That address.
    init(_ address: IPAddress) {
        for byte in address.text.utf8.prefix(46) {
            text[length] = byte
            length += 1
        }
        isOfThisHost = address.isLoopback
    }

    /// The address of the other end of a TCP socket; empty for any other.
    init(_ descriptor: Int32) {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isKnown = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &size) }
        }
        guard isKnown == 0 else { return }
        switch Int32(storage.ss_family) {
        case AF_INET:
            var address = withUnsafeBytes(of: &storage) { $0.load(as: sockaddr_in.self).sin_addr }
            isOfThisHost = UInt32(bigEndian: address.s_addr) >> 24 == 127
            write(AF_INET, &address)
        case AF_INET6:
            var address = withUnsafeBytes(of: &storage) { $0.load(as: sockaddr_in6.self).sin6_addr }
            write(AF_INET6, &address)
            isOfThisHost = length == 3 && text[0] == UInt8(ascii: ":") && text[2] == UInt8(ascii: "1")
        case _:
            return
        }
    }

    /// The same number for the same address.
    var key: UInt64 {
        var hash = StableHash()
        for place in 0..<length { hash.add(text[place]) }
        return hash.value
    }

    private mutating func write(_ family: Int32, _ address: UnsafeRawPointer) {
        withUnsafeMutableBytes(of: &text) { room in
            room.withMemoryRebound(to: CChar.self) { characters in
                _ = inet_ntop(family, address, characters.baseAddress, socklen_t(characters.count))
            }
        }
        length = (0..<46).first { text[$0] == 0 } ?? 46
    }
}
