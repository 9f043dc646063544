extension HTTPRequestHead {
    /// Joins the request line with the fields and refuses what is not clear.
    init(_ line: HTTPRequestLine, _ facts: HTTPFieldFacts, _ reader: HTTPLineReader) throws(HeadStop) {
        if facts.isChunked, line.minorVersion == 0 { throw .refused(.transferEncodingInOldVersion) }
        if line.method == .connect, facts.isChunked || facts.length != nil { throw .refused(.unexpectedContent) }
        let authority = try Self.authority(line, facts, reader.bytes)
        self.init(
            method: line.method, methodName: line.methodName, target: line.targetSpan, form: line.target.form,
            path: line.target.path, authority: authority, minorVersion: line.minorVersion,
            framing: facts.isChunked ? .chunked : facts.length.map { .length($0) } ?? .none,
            keepsAlive: facts.keepsAlive(minorVersion: line.minorVersion),
            expectsContinue: facts.expectsContinue && line.minorVersion > 0,
            wantsUpgrade: facts.connection.contains(.upgrade) && facts.upgrade == .offered && line.minorVersion > 0,
            fieldCount: facts.count, headLength: reader.place)
    }

    /// The host that the request is for (RFC 9112 §3.2.2). Where the target names one, Host must name the same: to choose
    /// between them is what a proxy and a backend could do differently.
    private static func authority(
        _ line: HTTPRequestLine, _ facts: HTTPFieldFacts, _ bytes: UnsafeRawBufferPointer
    ) throws(HeadStop) -> Range<UInt32> {
        guard let host = facts.host else {
            if line.minorVersion > 0 { throw .refused(.missingHost) }
            return line.target.authority
        }
        switch line.target.form {
        case .origin, .asterisk: return host
        case .absolute, .authority:
            guard bytes.span(host).equalsIgnoringCase(bytes.span(line.target.authority)) else {
                throw .refused(.conflictingHost)
            }
            return line.target.authority
        }
    }
}

extension HTTPResponseHead {
    /// Joins the status line with the fields and the request that it answers, and refuses what is not clear.
    init(
        _ line: HTTPStatusLine, _ facts: HTTPFieldFacts, _ reader: HTTPLineReader, requestMethod: HTTPMethod,
        upgradeRequested: Bool
    ) throws(HeadStop) {
        if facts.isChunked, line.minorVersion == 0 { throw .refused(.transferEncodingInOldVersion) }
        let opensTunnel = requestMethod == .connect && line.status >= 200 && line.status < 300
        if line.status == 101, !upgradeRequested { throw .refused(.unexpectedUpgrade) }
        let framing: HTTPFraming
        if line.status < 200 || line.status == 204 || opensTunnel {
            // These end with their head, and a length of anything but nothing says that the server thinks otherwise.
            guard !facts.isChunked, facts.length ?? 0 == 0 else { throw .refused(.unexpectedContent) }
            framing = .none
        } else if requestMethod == .head || line.status == 304 {
            framing = .none
        } else if facts.isChunked {
            framing = .chunked
        } else {
            framing = facts.length.map { .length($0) } ?? .untilClose
        }
        self.init(
            status: line.status, reason: line.reason, minorVersion: line.minorVersion, framing: framing,
            keepsAlive: facts.keepsAlive(minorVersion: line.minorVersion) && framing != .untilClose,
            fieldCount: facts.count, headLength: reader.place,
            switchesProtocols: line.status == 101 || opensTunnel)
    }
}

extension HTTPFieldFacts {
    /// Whether the connection outlives the message (RFC 9112 §9.3).
    func keepsAlive(minorVersion: UInt8) -> Bool {
        !connection.contains(.close) && (minorVersion > 0 || connection.contains(.keepAlive))
    }
}
