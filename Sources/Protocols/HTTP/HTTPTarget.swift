/// A request target taken apart (RFC 9112 §3.2).
struct HTTPTarget {
    var form: HTTPTargetForm
    var path: Range<UInt32>
    /// The authority that an absolute target or one of CONNECT names; empty for the other forms.
    var authority: Range<UInt32>

    /// Nil where the target has none of the forms that its method allows.
    init?(_ span: Range<UInt32>, of bytes: UnsafeRawBufferPointer, method: HTTPMethod) {
        let target = bytes.span(span)
        guard let first = target.first else { return nil }
        let none = span.lowerBound..<span.lowerBound
        switch (method, first) {
        case (.connect, _):
            guard let host = HTTPAuthority(target), host.hasPort else { return nil }
            self.init(form: .authority, path: none, authority: span)
        case (_, UInt8(ascii: "/")):
            self.init(form: .origin, path: span, authority: none)
        case (.options, UInt8(ascii: "*")) where target.count == 1:
            self.init(form: .asterisk, path: span, authority: none)
        case (_, _):
            self.init(absolute: span, of: target)
        }
    }

    private init(form: HTTPTargetForm, path: Range<UInt32>, authority: Range<UInt32>) {
        self.form = form
        self.path = path
        self.authority = authority
    }

    private init?(absolute span: Range<UInt32>, of target: UnsafeRawBufferPointer) {
        guard let schemeLength = Self.schemeLength(target) else { return nil }
        var place = schemeLength
        while place < target.count, target[place] != UInt8(ascii: "/"), target[place] != UInt8(ascii: "?") {
            place += 1
        }
        guard HTTPAuthority(UnsafeRawBufferPointer(rebasing: target[schemeLength..<place])) != nil else { return nil }
        let split = span.lowerBound &+ UInt32(truncatingIfNeeded: place)
        self.init(
            form: .absolute, path: split..<span.upperBound,
            authority: span.lowerBound &+ UInt32(truncatingIfNeeded: schemeLength)..<split)
    }

    /// The length of `http://` or `https://` at the start.
    private static func schemeLength(_ target: UnsafeRawBufferPointer) -> Int? {
        let colon = target.first(UInt8(ascii: ":"), from: 0, to: min(target.count, 6))
        let scheme = UnsafeRawBufferPointer(rebasing: target[0..<colon])
        guard scheme.equalsIgnoringCase("http") || scheme.equalsIgnoringCase("https"), target.count >= colon + 3,
            UnsafeRawBufferPointer(rebasing: target[colon..<(colon + 3)]).equals("://")
        else { return nil }
        return colon + 3
    }
}

/// A host with an optional port (RFC 3986 §3.2), without user information, which RFC 9110 §4.2.4 forbids.
///
/// Narrower than the grammar: no sub-delimiters such as `,` and `;`. No name of a host has them, and readers differ on
/// them.
struct HTTPAuthority {
    var hasPort = false

    /// Nil where the bytes are none. An empty host is none either: RFC 9110 §4.2.1 has such a URI rejected.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let first = bytes.first else { return nil }
        let hostEnd = first == UInt8(ascii: "[") ? Self.addressEnd(bytes) : Self.nameEnd(bytes)
        guard let hostEnd else { return nil }
        guard hostEnd < bytes.count else { return }
        guard bytes[hostEnd] == UInt8(ascii: ":") else { return nil }
        var port: UInt32 = 0
        for place in (hostEnd + 1)..<bytes.count {
            guard bytes[place].isDigit else { return nil }
            port = port &* 10 &+ UInt32(bytes[place] &- UInt8(ascii: "0"))
            guard port <= 65535 else { return nil }
        }
        hasPort = hostEnd + 1 < bytes.count
    }

    private static func nameEnd(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var place = 0
        while place < bytes.count, bytes[place] != UInt8(ascii: ":") {
            if bytes[place] == UInt8(ascii: "%") {
                guard place + 2 < bytes.count, bytes[place + 1].hexadecimalValue != nil,
                    bytes[place + 2].hexadecimalValue != nil
                else { return nil }
                place += 3
            } else {
                guard bytes[place].isUnreserved else { return nil }
                place += 1
            }
        }
        return place > 0 ? place : nil
    }

    /// The end of an IPv6 address in brackets. What is in them is looked at for its characters only.
    private static func addressEnd(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var place = 1
        while place < bytes.count, bytes[place] != UInt8(ascii: "]") {
            let byte = bytes[place]
            guard byte.hexadecimalValue != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") else {
                return nil
            }
            place += 1
        }
        return place < bytes.count && place > 2 ? place + 1 : nil
    }
}
