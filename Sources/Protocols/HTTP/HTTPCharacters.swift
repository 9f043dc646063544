/// What a byte may be part of. Sets of ASCII are two words of bits, one for the lower and one for the upper half: no
/// table that has to be in a cache, and no lazily made global.
extension UInt8 {
    /// A character of a token: a method, a field name, a connection option (RFC 9110 §5.6.2).
    @inline(__always)
    var isToken: Bool { isIn(0x03ff_6cfa_0000_0000, 0x57ff_ffff_c7ff_fffe) }

    /// A letter, a digit or one of `-._~`: what RFC 3986 §2.3 calls unreserved.
    @inline(__always)
    var isUnreserved: Bool { isIn(0x03ff_6000_0000_0000, 0x47ff_fffe_87ff_fffe) }

    @inline(__always)
    var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }

    /// A space or a tab (OWS, RFC 9110 §5.6.3).
    @inline(__always)
    var isBlank: Bool { self == 0x20 || self == 0x09 }

    /// The value of a hexadecimal digit; nil for any other byte.
    @inline(__always)
    var hexadecimalValue: UInt8? {
        let digit = self &- UInt8(ascii: "0")
        if digit < 10 { return digit }
        let letter = (self | 0x20) &- UInt8(ascii: "a")
        return letter < 6 ? letter &+ 10 : nil
    }

    @inline(__always)
    private func isIn(_ lower: UInt64, _ upper: UInt64) -> Bool {
        let half = self & 0x40 == 0 ? lower : upper
        return self < 0x80 && (half &>> UInt64(self & 63)) & 1 == 1
    }
}

enum Ascii {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0a
    static let carriageReturn: UInt8 = 0x0d
    static let space: UInt8 = 0x20
}
