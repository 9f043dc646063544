/// A version of the Bolt protocol.
struct BoltVersion: Equatable, Comparable, Sendable, CustomStringConvertible {
    var major: UInt8
    var minor: UInt8

    /// `5.4`
    var description: String { "\(major).\(minor)" }

    static func < (left: BoltVersion, right: BoltVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}

/// The start of every Bolt connection: the client offers four ranges of versions, the server picks one.
enum BoltHandshake {
    /// The newest and oldest minor of each major that is offered, best first.
    private static let offers: [(newest: BoltVersion, oldest: BoltVersion)] = [
        (BoltVersion(major: 5, minor: 8), BoltVersion(major: 5, minor: 0)),
        (BoltVersion(major: 4, minor: 4), BoltVersion(major: 4, minor: 2)),
        (BoltVersion(major: 4, minor: 1), BoltVersion(major: 4, minor: 1)),
        (BoltVersion(major: 3, minor: 0), BoltVersion(major: 3, minor: 0)),
    ]

    static let proposal: [UInt8] =
        [0x60, 0x60, 0xB0, 0x17]
        + offers.flatMap { [0, $0.newest.minor - $0.oldest.minor, $0.newest.minor, $0.newest.major] }

    /// The version in the server's four bytes; nil says that none of ours suits it.
    static func agreed(_ answer: ArraySlice<UInt8>) throws(ProtocolViolation) -> BoltVersion? {
        var reader = ByteReader(answer)
        guard let word = reader.unsigned32() else { throw ProtocolViolation("handshake cut short") }
        guard word != 0 else { return nil }
        let version = BoltVersion(
            major: UInt8(truncatingIfNeeded: word), minor: UInt8(truncatingIfNeeded: word >> 8))
        guard word >> 16 == 0, offers.contains(where: { $0.oldest <= version && version <= $0.newest }) else {
            throw ProtocolViolation(Wording.answered(answer))
        }
        return version
    }
}

/// What a probe says once a version is agreed on, in chunks as the wire wants them.
enum BoltRequest {
    static let goodbye: [UInt8] = chunked(.structure(tag: 0x02, fields: []))

    /// Introduces the client; before 5.1 it carries the credentials too.
    static func hello(_ version: BoltVersion, user: String, password: String) -> [UInt8] {
        var entries: [(key: String, value: PackStream)] = [("user_agent", .string("hale/1.0"))]
        if version >= BoltVersion(major: 5, minor: 3) {
            entries.append(("bolt_agent", .dictionary([("product", .string("hale/1.0"))])))
        }
        if !logsOn(version) { entries += credentials(user, password) }
        return chunked(.structure(tag: 0x01, fields: [.dictionary(entries)]))
    }

    static func logon(user: String, password: String) -> [UInt8] {
        chunked(.structure(tag: 0x6A, fields: [.dictionary(credentials(user, password))]))
    }

    /// Whether that version has a LOGON message.
    static func logsOn(_ version: BoltVersion) -> Bool {
        version >= BoltVersion(major: 5, minor: 1)
    }

    private static func credentials(_ user: String, _ password: String) -> [(key: String, value: PackStream)] {
        [("scheme", .string("basic")), ("principal", .string(user)), ("credentials", .string(password))]
    }

    private static func chunked(_ message: PackStream) -> [UInt8] {
        var rest = message.encoded[...]
        var wire: [UInt8] = []
        while !rest.isEmpty {
            let chunk = rest.prefix(0xFFFF)
            wire += UInt16(truncatingIfNeeded: chunk.count).networkBytes + chunk
            rest = rest.dropFirst(chunk.count)
        }
        return wire + [0, 0]
    }
}

/// What a Bolt server answers.
enum BoltResponse: Equatable, Sendable {
    case success
    case ignored
    case failure(code: String, message: String)

    /// The next whole answer, or nil while it is incomplete. Empty chunks between messages keep a connection alive.
    static func next(from buffer: inout InputBuffer) throws(ProtocolViolation) -> BoltResponse? {
        var reader = ByteReader(buffer.unread)
        var message: [UInt8] = []
        while let length = reader.unsigned16() {
            guard length > 0 else {
                guard !message.isEmpty else {
                    buffer.consume(2)
                    continue
                }
                buffer.consume(buffer.count - reader.rest.count)
                return try BoltResponse(message)
            }
            guard let chunk = reader.bytes(Int(length)) else { return nil }
            message += chunk
        }
        return nil
    }

    private init(_ message: [UInt8]) throws(ProtocolViolation) {
        guard case .structure(let tag, let fields) = PackStream.decode(message) else {
            throw ProtocolViolation(Wording.answered(message[...]))
        }
        switch tag {
        case 0x70: self = .success
        case 0x7E: self = .ignored
        case 0x7F:
            self = .failure(
                // Since 5.7 the code is under another key.
                code: (fields.first?["neo4j_code"] ?? fields.first?["code"])?.text ?? "",
                message: fields.first?["message"]?.text ?? "")
        default: throw ProtocolViolation(Wording.answered(message[...]))
        }
    }
}
