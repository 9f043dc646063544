/// Bytes that arrived and were not understood yet, with bounds on both their number and the whole talk.
struct InputBuffer: Sendable {
    /// No message of a probe's talk needs more.
    static let unreadLimit = 64 * 1024
    /// A server that has said this much without an end is not answering a probe.
    static let totalLimit = 1024 * 1024

    private var bytes: [UInt8] = []
    private var head = 0
    private var total = 0

    var unread: ArraySlice<UInt8> { bytes[head...] }
    var count: Int { bytes.count - head }

    mutating func append(_ more: [UInt8]) throws(ProtocolViolation) {
        total += more.count
        guard total <= Self.totalLimit else { throw ProtocolViolation("endless answer") }
        guard count + more.count <= Self.unreadLimit else { throw ProtocolViolation("oversized answer") }
        bytes.removeFirst(head)
        head = 0
        bytes += more
    }

    /// Forgets the first `length` unread bytes, or all where there are fewer.
    mutating func consume(_ length: Int) {
        head += min(max(length, 0), count)
    }
}

/// Reads integers in network order, strings and byte runs; answers nil instead of reading beyond the end.
struct ByteReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    mutating func byte() -> UInt8? {
        rest.popFirst()
    }

    mutating func bytes(_ length: Int) -> ArraySlice<UInt8>? {
        guard length >= 0, length <= rest.count else { return nil }
        defer { rest = rest.dropFirst(length) }
        return rest.prefix(length)
    }

    mutating func unsigned16() -> UInt16? {
        bytes(2).map { $0.reduce(0) { $0 << 8 | UInt16($1) } }
    }

    mutating func unsigned32() -> UInt32? {
        bytes(4).map { $0.reduce(0) { $0 << 8 | UInt32($1) } }
    }

    mutating func unsigned64() -> UInt64? {
        bytes(8).map { $0.reduce(0) { $0 << 8 | UInt64($1) } }
    }

    /// Text up to a zero byte, which is taken too.
    mutating func terminatedString() -> String? {
        guard let end = rest.firstIndex(of: 0) else { return nil }
        defer { rest = rest[(end + 1)...] }
        return String(decoding: rest[..<end], as: UTF8.self)
    }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    /// The bytes in network order.
    var networkBytes: [UInt8] {
        (0..<(bitWidth / 8)).reversed().map { UInt8(truncatingIfNeeded: self >> Self($0 * 8)) }
    }
}
