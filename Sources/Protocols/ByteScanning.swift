/// Words of eight bytes at a time, with the bit tricks of Hacker's Delight (H. S. Warren, §6-1).
///
/// Each trick marks the high bit of every byte that matches. A borrow can mark bytes above a match as well, so only the
/// lowest mark says something, and marks of several tricks may be joined.
enum WordScan {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    @inline(__always)
    static func marks(of word: UInt64, below bound: UInt8) -> UInt64 {
        (word &- ones &* UInt64(bound)) & ~word & highs
    }

    @inline(__always)
    static func marks(of word: UInt64, equalTo byte: UInt8) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return (difference &- ones) & ~difference & highs
    }
}

extension UnsafeRawBufferPointer {
    /// The first place in `start..<end` whose byte is a control byte (below 0x20, or DEL); `end` where there is none.
    @inline(__always)
    func firstControl(from start: Int, to end: Int) -> Int {
        first(
            from: start, to: end,
            marks: { WordScan.marks(of: $0, below: 0x20) | WordScan.marks(of: $0, equalTo: 0x7f) },
            matches: { $0 < 0x20 || $0 == 0x7f })
    }

    /// The first place in `start..<end` whose byte cannot be part of a request target; `end` where there is none.
    @inline(__always)
    func firstOutsideTarget(from start: Int, to end: Int) -> Int {
        first(
            from: start, to: end,
            marks: {
                WordScan.marks(of: $0, below: 0x21) | WordScan.marks(of: $0, equalTo: 0x7f)
                    | WordScan.marks(of: $0, equalTo: UInt8(ascii: "#"))
            },
            matches: { $0 < 0x21 || $0 == 0x7f || $0 == UInt8(ascii: "#") })
    }

    /// The first place in `start..<end` that holds `byte`; `end` where there is none.
    @inline(__always)
    func first(_ byte: UInt8, from start: Int, to end: Int) -> Int {
        first(
            from: start, to: end, marks: { WordScan.marks(of: $0, equalTo: byte) }, matches: { $0 == byte })
    }

    @inline(__always)
    private func first(
        from start: Int, to end: Int, marks: (UInt64) -> UInt64, matches: (UInt8) -> Bool
    ) -> Int {
        let end = Swift.min(end, count)
        var place = Swift.max(start, 0)
        while end - place >= 8 {
            let found = marks(UInt64(littleEndian: loadUnaligned(fromByteOffset: place, as: UInt64.self)))
            if found != 0 { return place + found.trailingZeroBitCount / 8 }
            place += 8
        }
        while place < end, !matches(self[place]) { place += 1 }
        return place
    }

    /// The bytes at offsets within this buffer; empty where the offsets do not lie within it.
    @inline(__always)
    func span(_ range: Range<UInt32>) -> UnsafeRawBufferPointer {
        guard Int(range.upperBound) <= count else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(rebasing: self[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    /// Whether the bytes are those of `text`, case and all.
    @inline(__always)
    func equals(_ text: StaticString) -> Bool { count == text.utf8CodeUnitCount && begins(with: text) }

    /// Whether the first bytes are those of `text`.
    @inline(__always)
    func begins(with text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        for place in 0..<text.utf8CodeUnitCount where self[place] != text.utf8Start[place] { return false }
        return true
    }

    /// Whether the bytes are those of `text`, which is in lower case and holds letters, digits and `-` only, in any
    /// mixture of cases.
    @inline(__always)
    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for place in 0..<count where Self.lowercased(self[place]) != text.utf8Start[place] { return false }
        return true
    }

    /// Whether both hold the same bytes, apart from the case of ASCII letters.
    func equalsIgnoringCase(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        for place in 0..<count where Self.lowercased(self[place]) != Self.lowercased(other[place]) { return false }
        return true
    }

    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
