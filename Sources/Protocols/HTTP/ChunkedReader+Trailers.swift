/// As much of a trailer's name as tells whether it is a known one; it may come in pieces.
struct TrailerName: Equatable {
    private var bytes = SIMD32<UInt8>()
    private var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ byte: UInt8) {
        if count < bytes.scalarCount { bytes[count] = byte }
        count += 1
    }

    /// Whether such a trailer would change framing, routing, authentication or the content's meaning after the fact
    /// (RFC 9110 §6.5.1).
    var isForbidden: Bool {
        guard count <= bytes.scalarCount else { return false }
        let field = withUnsafeBytes(of: bytes) {
            HTTPKnownField.lookUp(UnsafeRawBufferPointer(rebasing: $0[..<count])).field
        }
        switch field {
        case .host, .contentLength, .transferEncoding, .connection, .expect, .upgrade, .te, .trailer, .keepAlive,
            .proxyConnection, .xForwardedFor, .xForwardedProto, .xForwardedHost, .forwarded, .authorization,
            .cacheControl, .contentType:
            return true
        case .xRequestID, .traceparent, .idempotencyKey, .userAgent, .retryAfter, .other, .disguised:
            return false
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
            trailerName = TrailerName()
            state = .trailerName
        }
        if byte.isToken {
            trailerName.append(byte)
        } else if byte == UInt8(ascii: ":"), !trailerName.isEmpty {
            guard !trailerName.isForbidden else { return fail(.forbiddenTrailer) }
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
