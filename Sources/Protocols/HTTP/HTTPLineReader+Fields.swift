/// What the fields of a head say together.
struct HTTPFieldFacts {
    var count = 0
    var length: UInt64?
    var isChunked = false
    var host: Range<UInt32>?
    var connection: HTTPConnectionOptions = []
    var connectionOptions = 0
    var expectsContinue = false
    var upgrade: HTTPConnectionOptions = []
}

/// The connection options that mean something to a proxy (RFC 9110 §7.6.1), and what stands for the protocols offered.
struct HTTPConnectionOptions: OptionSet {
    let rawValue: UInt8

    static let close = HTTPConnectionOptions(rawValue: 1)
    static let keepAlive = HTTPConnectionOptions(rawValue: 2)
    static let upgrade = HTTPConnectionOptions(rawValue: 4)
    /// There is an Upgrade field.
    static let offered = HTTPConnectionOptions(rawValue: 8)
    /// Among what it offers is HTTP/2.
    static let http2 = HTTPConnectionOptions(rawValue: 16)
}

extension HTTPLineReader {
    /// Reads field lines up to and with the empty line (RFC 9112 §5).
    mutating func fields(
        into fields: UnsafeMutableBufferPointer<HTTPField>, limits: HTTPLimits
    ) throws(HeadStop) -> HTTPFieldFacts {
        let room = min(fields.count, max(limits.fields, 0))
        var facts = HTTPFieldFacts()
        while true {
            if try isAtLineEnd() {
                try lineEnd()
                return facts
            }
            guard facts.count < room else { throw .refused(.tooManyFields) }
            let field = try fieldLine()
            try facts.take(field, of: bytes)
            fields[facts.count] = field
            facts.count += 1
        }
    }

    /// Reads one field line.
    @inline(__always)
    private mutating func fieldLine() throws(HeadStop) -> HTTPField {
        let name = token(to: end)
        let next = try peek()
        guard next == UInt8(ascii: ":"), !name.isEmpty else {
            throw .refused(name.isEmpty && next.isBlank ? .foldedField : .badFieldName)
        }
        place += 1
        blanks()
        let value = try textLine()
        let found = HTTPKnownField.lookUp(bytes.span(name))
        if found.isDisguised, found.field == .contentLength || found.field == .transferEncoding {
            throw .refused(.disguisedField)
        }
        return HTTPField(name: name, value: value, known: found.isDisguised ? .disguised : found.field)
    }
}

extension HTTPFieldFacts {
    /// Takes in what one field says.
    @inline(__always)
    mutating func take(_ field: HTTPField, of bytes: UnsafeRawBufferPointer) throws(HeadStop) {
        guard field.known != .other else { return }
        do {
            try takeKnown(field, bytes.span(field.value))
        } catch {
            throw .refused(error)
        }
    }

    private mutating func takeKnown(_ field: HTTPField, _ value: UnsafeRawBufferPointer) throws(HTTPRefusal) {
        switch field.known {
        case .host:
            guard host == nil else { throw .repeatedHost }
            guard HTTPAuthority(value) != nil else { throw .badHost }
            host = field.value
        case .contentLength:
            guard length == nil else { throw .repeatedContentLength }
            guard let number = HTTPNumber.decimal(value) else { throw .badContentLength }
            guard !isChunked else { throw .lengthAndTransferEncoding }
            length = number
        case .transferEncoding:
            guard !isChunked else { throw .badTransferEncoding }
            guard length == nil else { throw .lengthAndTransferEncoding }
            try HTTPTransferCoding.check(value)
            isChunked = true
        case .connection:
            try HTTPTokenList.forEach(of: value, else: .badConnection) { (option) throws(HTTPRefusal) in
                try takeConnectionOption(option)
            }
        case .upgrade:
            upgrade.insert(.offered)
            if HTTPTokenList.offersHTTP2(value) { upgrade.insert(.http2) }
        case .expect: expectsContinue = expectsContinue || value.equalsIgnoringCase("100-continue")
        case .te, .trailer, .keepAlive, .proxyConnection, .xForwardedFor, .xForwardedProto, .xForwardedHost,
            .xRequestID, .forwarded, .traceparent, .idempotencyKey, .userAgent, .retryAfter, .authorization,
            .cacheControl, .contentType, .other, .disguised:
            break
        }
    }

    private mutating func takeConnectionOption(_ option: UnsafeRawBufferPointer) throws(HTTPRefusal) {
        connectionOptions += 1
        guard connectionOptions <= HTTPLimits.connectionOptions else { throw .badConnection }
        if option.equalsIgnoringCase("close") { connection.insert(.close) }
        if option.equalsIgnoringCase("keep-alive") { connection.insert(.keepAlive) }
        if option.equalsIgnoringCase("upgrade") { connection.insert(.upgrade) }
        // Whoever obeyed would drop what tells where the request goes and how long it is.
        switch HTTPKnownField.lookUp(option).field {
        case .host, .contentLength, .transferEncoding: throw .badConnection
        case .connection, .expect, .upgrade, .te, .trailer, .keepAlive, .proxyConnection, .xForwardedFor,
            .xForwardedProto, .xForwardedHost, .xRequestID, .forwarded, .traceparent, .idempotencyKey, .userAgent,
            .retryAfter, .authorization, .cacheControl, .contentType, .other, .disguised:
            break
        }
    }
}
