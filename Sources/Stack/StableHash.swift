/// A number that is the same for the same bytes, in every process and at any time (FNV-1a, 64 bits, by Fowler, Noll and Vo).
/// It spreads what is unlike and tells what was spoilt; it is no proof against forgery.
public struct StableHash: Hashable, Sendable {
    /// The number for all that was added.
    public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    /// Of nothing yet.
    public init() {}

    /// Of those bytes.
    public init(_ bytes: some Sequence<UInt8>) {
        add(bytes)
    }

    /// Its lower half in eight hexadecimal digits, for names that have to be told apart.
    public var digits: String {
        let digits = String(UInt32(truncatingIfNeeded: value), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// Adds bytes behind those before.
    public mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { add(byte) }
    }

    /// Adds one byte.
    public mutating func add(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
    }
}
