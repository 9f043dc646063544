/// What a PostgreSQL server says, as far as a probe needs it (protocol 3.0, "Message Formats").
enum PostgresMessage: Equatable, Sendable {
    case authentication(PostgresAuthentication)
    case error(PostgresError)
    /// The first column of a row; nil where there is none or it is NULL.
    case dataRow([UInt8]?)
    case readyForQuery
    /// Parameter status, notice, key data, row description and the like.
    case other

    /// The next whole message, or nil while it is incomplete.
    static func next(from buffer: inout InputBuffer) throws(ProtocolViolation) -> PostgresMessage? {
        var reader = ByteReader(buffer.unread)
        guard let kind = reader.byte() else { return nil }
        guard kinds.contains(kind) else { throw ProtocolViolation(Wording.answered(buffer.unread)) }
        guard let length = reader.unsigned32() else { return nil }
        guard length >= 4, length <= InputBuffer.unreadLimit else {
            throw ProtocolViolation(Wording.answered(buffer.unread))
        }
        guard let body = reader.bytes(Int(length) - 4) else { return nil }
        let message = try parse(kind: kind, body: body)
        buffer.consume(Int(length) + 1)
        return message
    }

    private static let kinds = Set("RESKNnvZTDCIAGHWcdstVf12".utf8).union([UInt8(ascii: "3")])

    private static func parse(kind: UInt8, body: ArraySlice<UInt8>) throws(ProtocolViolation) -> PostgresMessage {
        switch kind {
        case UInt8(ascii: "R"): .authentication(try PostgresAuthentication(body))
        case UInt8(ascii: "E"): .error(PostgresError(body))
        case UInt8(ascii: "D"): .dataRow(firstColumn(of: body))
        case UInt8(ascii: "Z"): .readyForQuery
        default: .other
        }
    }

    private static func firstColumn(of body: ArraySlice<UInt8>) -> [UInt8]? {
        var reader = ByteReader(body)
        guard let columns = reader.unsigned16(), columns > 0, let length = reader.unsigned32() else { return nil }
        // NULL is a length of -1, which no body is long enough for.
        return reader.bytes(Int(length)).map(Array.init)
    }
}

/// How the server wants the user to prove itself.
enum PostgresAuthentication: Equatable, Sendable {
    case accepted
    case cleartext
    case md5(salt: [UInt8])
    case sasl(mechanisms: [String])
    case saslContinue([UInt8])
    case saslFinal([UInt8])
    /// Kerberos, GSSAPI, SSPI …: the number of the request.
    case unsupported(UInt32)

    init(_ body: ArraySlice<UInt8>) throws(ProtocolViolation) {
        var reader = ByteReader(body)
        guard let request = reader.unsigned32() else { throw ProtocolViolation("authentication without a request") }
        switch request {
        case 0: self = .accepted
        case 3: self = .cleartext
        case 5:
            guard let salt = reader.bytes(4) else { throw ProtocolViolation("MD5 request without salt") }
            self = .md5(salt: Array(salt))
        case 10: self = .sasl(mechanisms: Self.strings(&reader))
        case 11: self = .saslContinue(Array(reader.rest))
        case 12: self = .saslFinal(Array(reader.rest))
        default: self = .unsupported(request)
        }
    }

    private static func strings(_ reader: inout ByteReader) -> [String] {
        var strings: [String] = []
        while let string = reader.terminatedString(), !string.isEmpty {
            strings.append(string)
        }
        return strings
    }
}

/// An ErrorResponse.
struct PostgresError: Equatable, Sendable {
    /// SQLSTATE, five characters.
    var code: String
    /// The primary message.
    var message: String

    init(_ body: ArraySlice<UInt8>) {
        var reader = ByteReader(body)
        code = ""
        message = ""
        while let field = reader.byte(), field != 0, let value = reader.terminatedString() {
            switch field {
            case UInt8(ascii: "C"): code = value
            case UInt8(ascii: "M"): message = value
            default: continue
            }
        }
    }

    /// Whether the server itself cannot serve anybody now, rather than not this user: shutting down or starting
    /// (57P), out of a resource (53), the system below it failing (58), or broken inside (XX).
    var isOutage: Bool {
        ["53", "57P", "58", "XX"].contains { code.hasPrefix($0) }
    }

    /// The error in a probe's words.
    var reason: String {
        let text = Wording.line(message)
        return switch code {
        case "28P01": "password rejected"
        case "53300": "too many connections (\(text))"
        case "57P01", "57P02", "57P03": text
        default: text.isEmpty ? "error \(Wording.line(code))" : "\(text) (\(Wording.line(code)))"
        }
    }
}

/// What a probe says to a PostgreSQL server.
enum PostgresRequest {
    /// Ends the session; without it the server logs a lost connection.
    static let terminate: [UInt8] = message("X", [])

    static func startup(user: String, database: String) -> [UInt8] {
        let parameters = ["user", user, "database", database, "application_name", "hale"]
        let body = UInt32(196_608).networkBytes + parameters.flatMap(terminated) + [0]
        return UInt32(truncatingIfNeeded: body.count + 4).networkBytes + body
    }

    static func password(_ text: String) -> [UInt8] {
        message("p", terminated(text))
    }

    static func saslInitial(mechanism: String, response: [UInt8]) -> [UInt8] {
        message("p", terminated(mechanism) + UInt32(truncatingIfNeeded: response.count).networkBytes + response)
    }

    static func saslResponse(_ response: [UInt8]) -> [UInt8] {
        message("p", response)
    }

    static func query(_ text: String) -> [UInt8] {
        message("Q", terminated(text))
    }

    private static func message(_ kind: Unicode.Scalar, _ body: [UInt8]) -> [UInt8] {
        [UInt8(ascii: kind)] + UInt32(truncatingIfNeeded: body.count + 4).networkBytes + body
    }

    private static func terminated(_ text: String) -> [UInt8] {
        text.utf8.filter { $0 != 0 } + [0]
    }
}
