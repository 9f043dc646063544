/// Reads the heads of HTTP/1.1 messages (RFC 9110, RFC 9112), strictly: a message that two readers could take for
/// different ones is refused, since between a proxy and a backend that is how requests are smuggled (RFC 9112 §11.2).
///
/// Nothing is allocated and no byte beyond those given is read. Offsets count from the first byte given. The verdict on
/// a message is the same however its bytes were cut into pieces, though a refusal may come as late as the end of the
/// line that it is for.
public enum HTTPHeadParser {
    /// Reads a request's head from the start of `bytes`.
    ///
    /// The fields are written to `fields`. `scannedBefore` is the number of bytes that the last call, on the same
    /// message, was given and found incomplete: only a new line end is worth another look, so that a sender of single
    /// bytes costs no more than a reader of lines. Zero is always right.
    public static func parseRequest(
        _ bytes: UnsafeRawBufferPointer, fields: UnsafeMutableBufferPointer<HTTPField>, limits: HTTPLimits,
        scannedBefore: Int = 0
    ) -> HTTPParse<HTTPRequestHead> {
        guard isWorthParsing(bytes, limits: limits, scannedBefore: scannedBefore) else { return .incomplete }
        var reader = HTTPLineReader(bytes, limits: limits)
        return verdict(bytes, limits: limits) { () throws(HeadStop) in
            try reader.passEmptyLines()
            let line = try reader.requestLine()
            let facts = try reader.fields(into: fields, limits: limits)
            return try HTTPRequestHead(line, facts, reader)
        }
    }

    /// Reads a response's head from the start of `bytes`: an interim one (1xx) as well as the final one.
    ///
    /// `requestMethod` is the method of the request that it answers, `upgradeRequested` whether that asked for another
    /// protocol, and `requestMinorVersion` its version: an answer's framing depends on the first (RFC 9112 §6.3), whether
    /// a 101 is welcome on the second, and whether chunks are (§6.1) on the third. A refusal means that the backend's answer cannot be passed on, whatever its `status` says. For
    /// `scannedBefore` see `parseRequest`.
    public static func parseResponse(
        _ bytes: UnsafeRawBufferPointer, fields: UnsafeMutableBufferPointer<HTTPField>, limits: HTTPLimits,
        requestMethod: HTTPMethod, upgradeRequested: Bool, requestMinorVersion: UInt8 = 1, scannedBefore: Int = 0
    ) -> HTTPParse<HTTPResponseHead> {
        guard isWorthParsing(bytes, limits: limits, scannedBefore: scannedBefore) else { return .incomplete }
        var reader = HTTPLineReader(bytes, limits: limits)
        return verdict(bytes, limits: limits) { () throws(HeadStop) in
            let line = try reader.statusLine()
            let facts = try reader.fields(into: fields, limits: limits)
            if facts.isChunked, requestMinorVersion == 0 { throw .refused(.transferEncodingInOldVersion) }
            return try HTTPResponseHead(
                line, facts, reader, requestMethod: requestMethod, upgradeRequested: upgradeRequested)
        }
    }

    /// Whether the bytes that were not seen before can change an incomplete head into anything else: by a line's end, by
    /// a byte that must not be there, or by being too many.
    private static func isWorthParsing(
        _ bytes: UnsafeRawBufferPointer, limits: HTTPLimits, scannedBefore: Int
    ) -> Bool {
        if scannedBefore <= 0 || bytes.count >= limits.headBound { return true }
        let firstLineBound = limits.lineBound + 2 * HTTPLimits.emptyLines + 2
        if bytes.count >= limits.lineBound, scannedBefore <= firstLineBound { return true }
        // The last byte seen may have been a carriage return that the next one decides on.
        var place = min(scannedBefore, bytes.count) - 1
        while true {
            place = bytes.firstControl(from: max(place, 0), to: bytes.count)
            guard place < bytes.count else { return false }
            switch bytes[place] {
            case Ascii.tab: place += 1
            case Ascii.carriageReturn: return place + 1 < bytes.count
            case _: return true
            }
        }
    }

    @inline(__always)
    private static func verdict<Head>(
        _ bytes: UnsafeRawBufferPointer, limits: HTTPLimits, _ read: () throws(HeadStop) -> Head
    ) -> HTTPParse<Head> {
        do {
            return .head(try read())
        } catch {
            switch error {
            case .incomplete: return bytes.count >= limits.headBound ? .refused(.headTooLarge) : .incomplete
            case .refused(let refusal): return .refused(refusal)
            }
        }
    }
}
