/// What a hop says of itself and to the next one.
extension HTTPMessageWriter {
    /// Whether the sender takes trailers (RFC 9110 §10.1.4).
    var wantsTrailers: Bool {
        fields.contains { field in
            guard field.known == .te else { return false }
            return withUnsafeBytes(of: trailersWord) { HTTPTokenList.contains($0, in: original.span(field.value)) }
        }
    }

    /// `trailers`, which is eight bytes long.
    private var trailersWord: UInt64 { UInt64(bigEndian: 0x7472_6169_6c65_7273) }

    mutating func connection(minorVersion: UInt8, closes: Bool, upgrades: Bool, wantsTrailers: Bool) {
        var separator: StaticString = "Connection: "
        func option(_ name: StaticString, _ message: inout HTTPMessageWriter) {
            message.put(separator)
            message.put(name)
            separator = ", "
        }
        if upgrades { option("upgrade", &self) }
        if wantsTrailers { option("TE", &self) }
        if closes { option("close", &self) }
        if !closes, minorVersion == 0 { option("keep-alive", &self) }
        if upgrades || wantsTrailers || closes || minorVersion == 0 { put("\r\n") }
        if wantsTrailers { put("TE: trailers\r\n") }
        guard upgrades else { return }
        for field in fields where field.known == .upgrade { line("Upgrade: ", original.span(field.value)) }
    }

    mutating func forwarded(_ additions: HTTPHeadWriter.RequestAdditions, host: UnsafeRawBufferPointer) {
        forwardedFor(additions)
        if !additions.trustsForwarded || !fields.contains(where: { $0.known == .xForwardedProto }) {
            put(additions.isEncrypted ? "X-Forwarded-Proto: https\r\n" : "X-Forwarded-Proto: http\r\n")
        }
        if !host.isEmpty, !additions.trustsForwarded || !fields.contains(where: { $0.known == .xForwardedHost }) {
            line("X-Forwarded-Host: ", host)
        }
    }

    private mutating func forwardedFor(_ additions: HTTPHeadWriter.RequestAdditions) {
        var separator: StaticString = "X-Forwarded-For: "
        if additions.trustsForwarded {
            for field in fields where field.known == .xForwardedFor && !field.value.isEmpty {
                put(separator)
                put(original.span(field.value))
                separator = ", "
            }
        }
        if !additions.clientAddress.isEmpty {
            put(separator)
            put(additions.clientAddress)
            separator = ", "
        }
        if separator.utf8CodeUnitCount == 2 { put("\r\n") }
    }
}
