/// The first 32 bytes of a text that may arrive in pieces.
struct ShortText: Equatable {
    private var bytes = SIMD32<UInt8>()
    /// The number of all bytes that came, those not kept as well.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Whether all bytes are kept.
    var isWhole: Bool { count <= bytes.scalarCount }

    mutating func append(_ byte: UInt8) {
        if count < bytes.scalarCount { bytes[count] = byte }
        count = count &+ 1
    }

    /// Hands the bytes that were kept to `body`.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(of: bytes) { body(UnsafeRawBufferPointer(rebasing: $0[..<min(count, $0.count)])) }
    }
}
