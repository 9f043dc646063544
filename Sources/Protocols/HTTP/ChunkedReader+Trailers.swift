extension HTTPKnownField {
    /// Whether such a trailer would change framing, routing, authentication or the content's meaning after the fact
    /// (RFC 9110 §6.5.1).
    var isForbiddenInTrailer: Bool {
        switch self {
        case .host, .contentLength, .transferEncoding, .connection, .expect, .upgrade, .te, .trailer, .keepAlive,
            .proxyConnection, .xForwardedFor, .xForwardedProto, .xForwardedHost, .forwarded, .authorization,
            .cacheControl, .contentType:
            true
        case .xRequestID, .traceparent, .idempotencyKey, .userAgent, .retryAfter, .other, .disguised: false
        }
    }
}

extension ChunkedReader {
    mutating func takeTrailerName(_ byte: UInt8) {
        guard countTrailerBytes(1) else { return }
        if state == .trailerStart {
            if byte == Ascii.carriageReturn {
                state = .lastLineFeed
                return
            }
            guard byte != Ascii.lineFeed else { return fail(.bareLineFeed) }
            guard !byte.isBlank else { return fail(.foldedField) }
            trailerName = ShortText()
            state = .trailerName
        }
        if byte.isToken {
            trailerName.append(byte)
        } else if byte == UInt8(ascii: ":"), !trailerName.isEmpty {
            let field = trailerName.withBytes { HTTPKnownField.lookUp($0).field }
            guard !trailerName.isWhole || !field.isForbiddenInTrailer else { return fail(.forbiddenTrailer) }
            state = .trailerValue
        } else {
            fail(.badFieldName)
        }
    }

    /// Passes over as much of a trailer's value as there is, and over its carriage return.
    mutating func passTrailerValue(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        let end = bytes.firstControl(from: start, to: bytes.count)
        guard countTrailerBytes(end - start), end < bytes.count, countTrailerBytes(1) else { return end }
        switch bytes[end] {
        case Ascii.tab: break
        case Ascii.carriageReturn: state = .trailerLineFeed
        case Ascii.lineFeed: fail(.bareLineFeed)
        case _: fail(.controlByte)
        }
        return end + 1
    }

    private mutating func countTrailerBytes(_ count: Int) -> Bool {
        trailerBytes += count
        guard trailerBytes <= limits.trailerBytes else {
            fail(.trailersTooLarge)
            return false
        }
        return true
    }
}
