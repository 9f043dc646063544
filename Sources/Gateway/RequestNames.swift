/// Names for requests that come without one (`X-Request-Id`): 32 hexadecimal digits that nobody else has used.
struct RequestNames {
    /// Digits of a name.
    static let length = 32

    private var state: (UInt64, UInt64)

    /// Begins somewhere that no other gateway begins.
    init() {
        var generator = SystemRandomNumberGenerator()
        state = (generator.next(), generator.next())
    }

    /// Writes the next name.
    mutating func next(into room: UnsafeMutableRawBufferPointer) {
        // The first half tells gateways apart and the second half its requests.
        state.1 &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state.1
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        Self.write(state.0, into: room, at: 0)
        Self.write(mixed, into: room, at: 16)
    }

    private static func write(_ value: UInt64, into room: UnsafeMutableRawBufferPointer, at start: Int) {
        for place in 0..<16 where start + place < room.count {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * place)) & 15
            room[start + place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
    }
}
