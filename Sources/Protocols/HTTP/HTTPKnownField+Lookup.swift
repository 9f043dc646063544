extension HTTPKnownField {
    /// A name looked up: the field whose name it spells, and whether with `_` in place of a `-`.
    struct Lookup {
        var field: HTTPKnownField
        var isDisguised: Bool
    }

    /// The field that a name, made of token characters, belongs to.
    @inline(__always)
    static func lookUp(_ name: UnsafeRawBufferPointer) -> Lookup {
        guard let first = name.first else { return Lookup(field: .other, isDisguised: false) }
        let candidate = candidate(length: name.count, first: first | 0x20)
        guard candidate != .other else { return Lookup(field: .other, isDisguised: false) }
        let expected = candidate.lowercasedName
        guard name.count == expected.utf8CodeUnitCount else { return Lookup(field: .other, isDisguised: false) }
        var isDisguised = false
        for place in 0..<name.count where name[place] | 0x20 != expected.utf8Start[place] {
            guard name[place] == UInt8(ascii: "_"), expected.utf8Start[place] == UInt8(ascii: "-") else {
                return Lookup(field: .other, isDisguised: false)
            }
            isDisguised = true
        }
        return Lookup(field: candidate, isDisguised: isDisguised)
    }

    /// No two of the known names have both the length and the first letter in common.
    @inline(__always)
    private static func candidate(length: Int, first: UInt8) -> HTTPKnownField {
        switch (length, first) {
        case (2, UInt8(ascii: "t")): .te
        case (4, UInt8(ascii: "h")): .host
        case (6, UInt8(ascii: "e")): .expect
        case (7, UInt8(ascii: "u")): .upgrade
        case (7, UInt8(ascii: "t")): .trailer
        case (9, UInt8(ascii: "f")): .forwarded
        case (10, UInt8(ascii: "c")): .connection
        case (10, UInt8(ascii: "k")): .keepAlive
        case (10, UInt8(ascii: "u")): .userAgent
        case (11, UInt8(ascii: "t")): .traceparent
        case (11, UInt8(ascii: "r")): .retryAfter
        case (12, UInt8(ascii: "x")): .xRequestID
        case (12, UInt8(ascii: "c")): .contentType
        case (13, UInt8(ascii: "a")): .authorization
        case (13, UInt8(ascii: "c")): .cacheControl
        case (14, UInt8(ascii: "c")): .contentLength
        case (15, UInt8(ascii: "x")): .xForwardedFor
        case (15, UInt8(ascii: "i")): .idempotencyKey
        case (16, UInt8(ascii: "p")): .proxyConnection
        case (16, UInt8(ascii: "x")): .xForwardedHost
        case (17, UInt8(ascii: "t")): .transferEncoding
        case (17, UInt8(ascii: "x")): .xForwardedProto
        case _: .other
        }
    }
}
