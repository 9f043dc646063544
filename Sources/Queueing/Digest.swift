/// The same number for the same bytes (FNV-1a, 64 bits): it tells what a disk has spoilt, and no forgery.
struct Digest: Hashable {
    /// The number for all that was added.
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    /// Of nothing yet.
    init() {}

    /// Of those bytes.
    init(_ bytes: some Sequence<UInt8>) {
        add(bytes)
    }

    /// Adds bytes behind those before.
    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    /// 16 hexadecimal digits in lower case.
    var text: String { Self.hexadecimal(value) }

    static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
