/// A small generator (SplitMix64, Steele, Lea and Flood, OOPSLA 2014) whose whole state is its seed, so that a choice
/// can be replayed.
public struct SplitMix64: RandomNumberGenerator, Sendable, Hashable {
    @usableFromInline var state: UInt64

    /// Equal seeds give equal sequences.
    @inlinable public init(seed: UInt64) {
        state = seed
    }

    /// The next 64 bits.
    @inlinable public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// The generator's output function: a bijection of 64 bits in which each input bit changes half of the output's.
    @inlinable public static func mix(_ bits: UInt64) -> UInt64 {
        var mixed = bits
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
