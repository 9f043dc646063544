/// What a request line says (RFC 9112 §3).
struct HTTPRequestLine {
    var method: HTTPMethod
    var methodName: Range<UInt32>
    var target: HTTPTarget
    var targetSpan: Range<UInt32>
    var minorVersion: UInt8
}

/// What a status line says (RFC 9112 §4).
struct HTTPStatusLine {
    var status: UInt16
    var reason: Range<UInt32>
    var minorVersion: UInt8
}

extension HTTPLineReader {
    mutating func requestLine() throws(HeadStop) -> HTTPRequestLine {
        try firstLine { (reader, end) throws(HeadStop) in
            let methodName = try reader.methodName(to: end)
            let method = HTTPMethod(reader.bytes.span(methodName))
            let span = reader.targetBytes(to: end)
            guard reader.place < end else { throw .incomplete }
            guard reader.bytes[reader.place] == Ascii.space else { throw .refused(reader.endOfTarget()) }
            guard let target = HTTPTarget(span, of: reader.bytes, method: method) else { throw .refused(.badTarget) }
            try reader.one(Ascii.space, to: end, else: .badTarget)
            let minorVersion = try reader.version(to: end, else: .badRequestLine)
            guard try reader.isAtLineEnd(to: end) else { throw .refused(.badRequestLine) }
            try reader.lineEnd(to: end)
            return HTTPRequestLine(
                method: method, methodName: methodName, target: target, targetSpan: span, minorVersion: minorVersion)
        }
    }

    private mutating func methodName(to end: Int) throws(HeadStop) -> Range<UInt32> {
        let start = place
        let name = token(to: min(end, start + HTTPLimits.methodBytes + 1))
        guard place - start <= HTTPLimits.methodBytes else { throw .refused(.methodTooLong) }
        guard place < end else { throw .incomplete }
        guard !name.isEmpty else { throw .refused(.badRequestLine) }
        try one(Ascii.space, to: end, else: .badRequestLine)
        return name
    }

    /// What is wrong with a target that ends in another byte than a space. A line's end stands for HTTP/0.9.
    private func endOfTarget() -> HTTPRefusal {
        switch bytes[place] {
        case Ascii.carriageReturn, Ascii.lineFeed: .badRequestLine
        case UInt8(ascii: "#"): .badTarget
        case _: .controlByte
        }
    }

    /// Reads `HTTP/1.0` or `HTTP/1.1`; other versions are told from what is none (RFC 9112 §2.3).
    private mutating func version(to end: Int, else refusal: HTTPRefusal) throws(HeadStop) -> UInt8 {
        let name: StaticString = "HTTP/"
        for offset in 0..<name.utf8CodeUnitCount { try one(name.utf8Start[offset], to: end, else: refusal) }
        let major = try digit(to: end, else: refusal)
        try one(UInt8(ascii: "."), to: end, else: refusal)
        let minor = try digit(to: end, else: refusal)
        guard major == 1, minor < 2 else { throw .refused(.unsupportedVersion) }
        return minor
    }

    private mutating func digit(to end: Int, else refusal: HTTPRefusal) throws(HeadStop) -> UInt8 {
        guard place < end else { throw .incomplete }
        guard bytes[place].isDigit else { throw .refused(refusal) }
        let digit = bytes[place] &- UInt8(ascii: "0")
        place += 1
        return digit
    }

    mutating func statusLine() throws(HeadStop) -> HTTPStatusLine {
        try firstLine { (reader, end) throws(HeadStop) in
            if try reader.isAtLineEnd(to: end) { throw .refused(.emptyLines) }
            let minorVersion = try reader.version(to: end, else: .badStatusLine)
            try reader.one(Ascii.space, to: end, else: .badStatusLine)
            var status: UInt16 = 0
            for _ in 0..<3 { status = status &* 10 &+ UInt16(try reader.digit(to: end, else: .badStatusLine)) }
            guard status >= 100, status < 600 else { throw .refused(.badStatusLine) }
            return HTTPStatusLine(status: status, reason: try reader.reason(to: end), minorVersion: minorVersion)
        }
    }

    /// The reason phrase and the line's end. Servers leave out the space before a missing reason; that is harmless.
    private mutating func reason(to end: Int) throws(HeadStop) -> Range<UInt32> {
        guard place < end else { throw .incomplete }
        switch bytes[place] {
        case Ascii.space: place += 1
        case Ascii.carriageReturn, Ascii.lineFeed: break
        case _: throw .refused(.badStatusLine)
        }
        let start = place
        repeat {
            place = bytes.firstControl(from: place, to: end)
            guard place < end else { throw .incomplete }
            guard bytes[place] == Ascii.tab else { break }
            place += 1
        } while true
        let reason = range(start, place)
        try lineEnd(to: end)
        return reason
    }
}
