internal import Glibc
internal import Stack

/// Who a connection is from and whom it was made to, as a proxy says at its beginning. Source: HAProxy's PROXY protocol,
/// versions 1 and 2.
struct ProxyHeader: Equatable {
    /// One end of the connection.
    struct Endpoint: Equatable {
        var address: IPAddress
        var port: UInt16
    }

    /// What the first bytes of a connection are.
    enum Parse: Equatable {
        /// The beginning of a header, as far as can be told.
        case incomplete
        /// A header of so many bytes. Nil is that the proxy speaks for itself, as when it checks a service.
        case header(ProxyHeader?, length: Int)
        /// No header.
        case refused
    }

    /// Who made it.
    var source: Endpoint
    /// Whom it was made to.
    var destination: Endpoint

    /// More than any header with addresses of the internet has; one with more is refused.
    static let longest = 536

    private static let signature: StaticString = "\r\n\r\n\0\r\nQUIT\n"
    private static let longestText = 107

    /// Reads what is at the beginning of these bytes.
    static func parse(_ bytes: UnsafeRawBufferPointer) -> Parse {
        guard let first = bytes.first else { return .incomplete }
        return first == UInt8(ascii: "P") ? parseText(bytes) : parseBinary(bytes)
    }

    private static func parseText(_ bytes: UnsafeRawBufferPointer) -> Parse {
        let line = bytes.prefix(longestText)
        guard let end = line.firstIndex(of: UInt8(ascii: "\n")) else {
            let isBeginning = zip(line, "PROXY ".utf8).allSatisfy { $0 == $1 }
            return isBeginning && bytes.count < longestText ? .incomplete : .refused
        }
        guard end > 0, bytes[end - 1] == UInt8(ascii: "\r") else { return .refused }
        let words = String(decoding: bytes[..<(end - 1)], as: UTF8.self).split(
            separator: " ", omittingEmptySubsequences: false)
        guard words.count >= 2, words[0] == "PROXY" else { return .refused }
        if words[1] == "UNKNOWN" { return .header(nil, length: end + 1) }
        guard words.count == 6, words[1] == "TCP4" || words[1] == "TCP6",
            let source = Endpoint(words[2], words[4]), let destination = Endpoint(words[3], words[5]),
            source.address.isFour == (words[1] == "TCP4"), destination.address.isFour == source.address.isFour
        else { return .refused }
        return .header(ProxyHeader(source: source, destination: destination), length: end + 1)
    }

    private static func parseBinary(_ bytes: UnsafeRawBufferPointer) -> Parse {
        let expected = UnsafeRawBufferPointer(start: signature.utf8Start, count: signature.utf8CodeUnitCount)
        guard zip(bytes, expected).allSatisfy({ $0 == $1 }) else { return .refused }
        guard bytes.count >= 16 else { return .incomplete }
        let length = 16 + Int(bytes[14]) << 8 + Int(bytes[15])
        guard bytes[12] >> 4 == 2, bytes[12] & 0xf <= 1, length <= longest else { return .refused }
        guard bytes.count >= length else { return .incomplete }
        // LOCAL: the proxy itself.
        if bytes[12] & 0xf == 0 { return .header(nil, length: length) }
        let body = UnsafeRawBufferPointer(rebasing: bytes[16..<length])
        switch bytes[13] {
        case 0x11 where body.count >= 12: return .header(ProxyHeader(body, isFour: true), length: length)
        case 0x21 where body.count >= 36: return .header(ProxyHeader(body, isFour: false), length: length)
        case 0x11, 0x21: return .refused
        // Of no kind that has an address here: datagrams, unix sockets, unspecified.
        case _: return .header(nil, length: length)
        }
    }

    /// Both ends of a connection of the internet; nil of any other, or of none.
    init?(_ descriptor: Int32) {
        guard let source = Endpoint(peerOf: descriptor), let destination = Endpoint(localOf: descriptor),
            source.address.isFour == destination.address.isFour
        else { return nil }
        self.init(source: source, destination: destination)
    }

    init(source: Endpoint, destination: Endpoint) {
        self.source = source
        self.destination = destination
    }

    private init(_ body: UnsafeRawBufferPointer, isFour: Bool) {
        let size = isFour ? 4 : 16
        func address(_ place: Int) -> IPAddress {
            IPAddress(UnsafeRawBufferPointer(rebasing: body[place * size..<(place + 1) * size]))
        }
        func port(_ place: Int) -> UInt16 {
            UInt16(body[2 * size + 2 * place]) << 8 | UInt16(body[2 * size + 2 * place + 1])
        }
        source = Endpoint(address: address(0), port: port(0))
        destination = Endpoint(address: address(1), port: port(1))
    }

    /// The header as it goes to an instance. `header` nil is that nobody knows who the client is.
    static func bytes(_ header: ProxyHeader?, _ version: ProxyProtocolVersion) -> [UInt8] {
        switch version {
        case .v1: return Array(text(header).utf8)
        case .v2: return binary(header)
        }
    }

    private static func text(_ header: ProxyHeader?) -> String {
        guard let header else { return "PROXY UNKNOWN\r\n" }
        let kind = header.source.address.isFour ? "TCP4" : "TCP6"
        return "PROXY \(kind) \(header.source.address.text) \(header.destination.address.text) "
            + "\(header.source.port) \(header.destination.port)\r\n"
    }

    private static func binary(_ header: ProxyHeader?) -> [UInt8] {
        let start = Array(UnsafeRawBufferPointer(start: signature.utf8Start, count: signature.utf8CodeUnitCount))
        guard let header else { return start + [0x20, 0, 0, 0] }
        let addresses = header.source.address.bytes + header.destination.address.bytes
        let ports = [header.source.port, header.destination.port].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
        let kind: UInt8 = header.source.address.isFour ? 0x11 : 0x21
        return start + [0x21, kind, 0, UInt8(addresses.count + ports.count)] + addresses + ports
    }
}

extension ProxyHeader.Endpoint {
    /// As text says it, with a port that has no signs and no zeros before it.
    fileprivate init?(_ address: Substring, _ port: Substring) {
        guard let address = IPAddress(String(address)), let number = UInt16(port), "\(number)" == port else {
            return nil
        }
        self.init(address: address, port: number)
    }

    fileprivate init?(peerOf descriptor: Int32) {
        self.init(descriptor) { getpeername($0, $1, $2) }
    }

    fileprivate init?(localOf descriptor: Int32) {
        self.init(descriptor) { getsockname($0, $1, $2) }
    }

    private init?(
        _ descriptor: Int32,
        _ name: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isKnown = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { name(descriptor, $0, &size) }
        }
        guard isKnown == 0 else { return nil }
        switch Int32(storage.ss_family) {
        case AF_INET:
            var four = withUnsafeBytes(of: &storage) { $0.load(as: sockaddr_in.self) }
            self.init(
                address: withUnsafeBytes(of: &four.sin_addr) { IPAddress($0) }, port: UInt16(bigEndian: four.sin_port))
        case AF_INET6:
            var six = withUnsafeBytes(of: &storage) { $0.load(as: sockaddr_in6.self) }
            self.init(
                address: withUnsafeBytes(of: &six.sin6_addr) { IPAddress($0) }, port: UInt16(bigEndian: six.sin6_port))
        case _:
            return nil
        }
    }
}
