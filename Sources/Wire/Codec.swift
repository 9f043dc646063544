internal import Stack

/// Writes the fields of a message one after the other: whole numbers little-endian, text and lists behind their length.
struct Encoder {
    private(set) var bytes: [UInt8] = []

    mutating func put(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ value: Bool) { put(UInt8(value ? 1 : 0)) }

    mutating func put(_ value: Double) { put(value.bitPattern) }

    mutating func put(_ value: [UInt8]) {
        put(UInt32(truncatingIfNeeded: value.count))
        bytes += value
    }

    mutating func put(_ value: String) { put(Array(value.utf8)) }

    mutating func put(_ value: Duration) { put(value.nanoseconds) }

    mutating func put<Value>(_ value: Value?, _ write: (inout Encoder, Value) -> Void) {
        put(value != nil)
        if let value { write(&self, value) }
    }

    mutating func put<Value>(_ values: [Value], _ write: (inout Encoder, Value) -> Void) {
        put(UInt32(truncatingIfNeeded: values.count))
        for value in values { write(&self, value) }
    }
}

/// A message that is not one: cut short, too long, or of another version.
struct DecodingFailure: Error {}

/// Reads what an `Encoder` wrote. Bytes of any kind end in a value or in a `DecodingFailure`, never in a trap, and never
/// take more memory than a few times their number.
struct Decoder {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    private var left: Int { bytes.count - position }

    mutating func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self) throws(DecodingFailure) -> Value {
        let size = Value.bitWidth / 8
        guard left >= size else { throw DecodingFailure() }
        var value: Value = 0
        for place in 0..<size {
            value |= Value(truncatingIfNeeded: bytes[position + place]) << (place * 8)
        }
        position += size
        return value
    }

    mutating func flag() throws(DecodingFailure) -> Bool { try integer(UInt8.self) != 0 }

    mutating func double() throws(DecodingFailure) -> Double { Double(bitPattern: try integer()) }

    mutating func blob() throws(DecodingFailure) -> [UInt8] {
        Array(bytes[try run()])
    }

    mutating func text() throws(DecodingFailure) -> String { String(decoding: bytes[try run()], as: UTF8.self) }

    /// The places of the bytes that a length announces.
    private mutating func run() throws(DecodingFailure) -> Range<Int> {
        let count = Int(try integer(UInt32.self))
        guard left >= count else { throw DecodingFailure() }
        position += count
        return position - count..<position
    }

    mutating func duration() throws(DecodingFailure) -> Duration { .nanoseconds(try integer(Int64.self)) }

    mutating func optional<Value>(
        _ read: (inout Decoder) throws(DecodingFailure) -> Value
    ) throws(DecodingFailure) -> Value? {
        try flag() ? try read(&self) : nil
    }

    mutating func list<Value>(
        _ read: (inout Decoder) throws(DecodingFailure) -> Value
    ) throws(DecodingFailure) -> [Value] {
        let count = Int(try integer(UInt32.self))
        // Every element takes a byte at least, so a count beyond what is left is a lie.
        guard count <= left else { throw DecodingFailure() }
        var values: [Value] = []
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }
}

/// A value that the three roles send each other.
public protocol Message: Sendable {
    /// The value that `encoded` wrote; nil where the bytes are not one.
    init?(decoding bytes: [UInt8])
    /// The value as bytes.
    func encoded() -> [UInt8]
}

/// A value with fields of its own.
protocol WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure)
    func encode(to encoder: inout Encoder)
}

/// The first byte of every message; a role of another version does not answer to it.
private let version: UInt8 = 1

extension WireValue {
    /// The value as a whole message.
    func message() -> [UInt8] {
        var encoder = Encoder()
        encoder.put(version)
        encode(to: &encoder)
        return encoder.bytes
    }

    /// The value that `message` wrote; nil where the bytes are not one.
    static func read(_ bytes: [UInt8]) -> Self? {
        var decoder = Decoder(bytes)
        guard let found = try? decoder.integer(UInt8.self), found == version,
            let value = try? Self(from: &decoder), decoder.isAtEnd
        else { return nil }
        return value
    }
}
