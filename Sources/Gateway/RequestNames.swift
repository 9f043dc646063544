internal import Stack

/// Names for requests that come without one (`X-Request-Id`): 32 hexadecimal digits that nobody else has used.
struct RequestNames {
    /// Digits of a name.
    static let length = 32

    /// Tells gateways apart.
    private let gateway: UInt64
    /// Tells the requests of one apart.
    private var numbers: SplitMix64

    /// Begins somewhere that no other gateway begins.
    init() {
        var generator = SystemRandomNumberGenerator()
        gateway = generator.next()
        numbers = SplitMix64(seed: generator.next())
    }

    /// Writes the next name.
    mutating func next(into room: UnsafeMutableRawBufferPointer) {
        Self.write(gateway, into: room, at: 0)
        Self.write(numbers.next(), into: room, at: 16)
    }

    private static func write(_ value: UInt64, into room: UnsafeMutableRawBufferPointer, at start: Int) {
        for place in 0..<16 where start + place < room.count {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * place)) & 15
            room[start + place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
    }
}
