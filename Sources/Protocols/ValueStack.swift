/// The lists within lists that a reader of values is in: how many values each still lacks. No deeper than sixteen.
struct ValueStack: Equatable {
    private var missing = SIMD16<UInt64>()
    private var transparent: UInt16 = 0
    private(set) var depth = 0

    /// Enters a list of `count` values; false where it would be too deep. The end of a transparent list does not end a
    /// value of the list around it.
    mutating func enter(_ count: UInt64, isTransparent: Bool = false) -> Bool {
        guard depth < missing.scalarCount else { return false }
        missing[depth] = count
        if isTransparent { transparent |= 1 << UInt16(depth) } else { transparent &= ~(1 << UInt16(depth)) }
        depth += 1
        return true
    }

    /// A value has ended, or a list that has none was entered. True where that ended the outermost value too.
    mutating func endValue(wasEntered: Bool = false) -> Bool {
        if depth == 0 { return true }
        if !wasEntered { missing[depth - 1] -= 1 }
        while missing[depth - 1] == 0 {
            depth -= 1
            let wasTransparent = transparent & (1 << UInt16(depth)) != 0
            if wasTransparent { return false }
            if depth == 0 { return true }
            missing[depth - 1] -= 1
        }
        return false
    }

    /// The values that the innermost list still lacks.
    var missingInnermost: UInt64 { depth > 0 ? missing[depth - 1] : 0 }
}
