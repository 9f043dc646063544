internal import Stack

/// Reads `url`: `http://HOST[:PORT][/PREFIX]`, or the same with `https`.
struct FallbackURLLowering {
    let fields: Fields

    func url(_ problems: inout Problems) -> FallbackURL? {
        guard let text = fields.string("url", &problems) else { return nil }
        let path = fields.path + ["url"]
        guard let url = Self.parse(text) else {
            problems.report(
                path, "expected http://HOST or https://HOST, with a port and a path if need be, found '\(text)'")
            return nil
        }
        return url
    }

    private static func parse(_ text: String) -> FallbackURL? {
        guard text.utf8.count <= 1_024 else { return nil }
        let isEncrypted = text.lowercased().hasPrefix("https://")
        guard isEncrypted || text.lowercased().hasPrefix("http://") else { return nil }
        let rest = text.dropFirst(isEncrypted ? "https://".count : "http://".count)
        let authority = rest.prefix { $0 != "/" }
        let usual = FallbackURL.usualPort(isEncrypted: isEncrypted)
        guard let (host, port) = parse(authority: authority, otherwise: usual) else { return nil }
        var prefix = rest.dropFirst(authority.count)
        while prefix.hasSuffix("/") { prefix.removeLast() }
        guard prefix.unicodeScalars.allSatisfy(isOfPath) else { return nil }
        return FallbackURL(host: host, port: port, prefix: String(prefix), isEncrypted: isEncrypted)
    }

    private static func parse(authority: Substring, otherwise usual: UInt16) -> (host: String, port: UInt16)? {
        let isBracketed = authority.hasPrefix("[")
        let end = isBracketed ? authority.firstIndex(of: "]") : authority.firstIndex(of: ":") ?? authority.endIndex
        guard let end else { return nil }
        let host = String(isBracketed ? authority[..<end].dropFirst() : authority[..<end]).lowercased()
        let rest = isBracketed ? authority[end...].dropFirst() : authority[end...]
        guard !host.isEmpty, host.unicodeScalars.allSatisfy({ isOfHost($0) || isBracketed && $0 == ":" }) else {
            return nil
        }
        if rest.isEmpty { return (host, usual) }
        let digits = rest.dropFirst()
        guard rest.hasPrefix(":"), digits.allSatisfy(\.isASCIIDigit), let port = UInt16(digits), port > 0 else {
            return nil
        }
        return (host, port)
    }

    private static func isOfHost(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && scalar.properties.isAlphabetic || "0123456789.-_".unicodeScalars.contains(scalar)
    }

    /// A segment's characters and the slash (RFC 3986 section 3.3); no query, which is the request's.
    private static func isOfPath(_ scalar: Unicode.Scalar) -> Bool {
        isOfHost(scalar) || "/~%!$&'()*+,;=:@".unicodeScalars.contains(scalar)
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
