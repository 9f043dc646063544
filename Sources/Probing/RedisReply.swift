/// What a Redis server says (RESP2), as far as a probe needs it.
enum RedisReply: Equatable, Sendable {
    /// `+PONG`
    case simple(String)
    /// `-WRONGPASS invalid username-password pair`: the first word and the whole line.
    case error(code: String, text: String)
    /// `:1`
    case integer(Int)
    /// `$3` and its bytes as text; nil for the null reply.
    case bulk(String?)

    /// No status or error of a Redis server is longer.
    private static let lineLimit = 4096

    /// The next whole reply, or nil while it is incomplete.
    static func next(from buffer: inout InputBuffer) throws(ProtocolViolation) -> RedisReply? {
        let unread = buffer.unread
        guard let kind = unread.first else { return nil }
        guard Set("+-:$".utf8).contains(kind) else { throw ProtocolViolation(Wording.answered(unread)) }
        guard let end = unread.prefix(lineLimit).firstIndex(of: UInt8(ascii: "\n")) else {
            guard unread.count < lineLimit else { throw ProtocolViolation(Wording.answered(unread)) }
            return nil
        }
        guard unread[unread.index(before: end)] == UInt8(ascii: "\r") else {
            throw ProtocolViolation(Wording.answered(unread))
        }
        let line = String(decoding: unread[(unread.startIndex + 1)..<(end - 1)], as: UTF8.self)
        let lineLength = end + 1 - unread.startIndex
        let reply: RedisReply
        var length = lineLength
        switch kind {
        case UInt8(ascii: "+"): reply = .simple(line)
        case UInt8(ascii: "-"): reply = .error(code: String(line.prefix { $0 != " " }), text: line)
        case UInt8(ascii: ":"):
            guard let value = Int(line) else { throw ProtocolViolation(Wording.answered(unread)) }
            reply = .integer(value)
        default:
            guard let size = Int(line), size >= -1, size <= InputBuffer.unreadLimit else {
                throw ProtocolViolation(Wording.answered(unread))
            }
            guard size >= 0 else {
                reply = .bulk(nil)
                break
            }
            length = lineLength + size + 2
            guard unread.count >= length else { return nil }
            let text = unread.dropFirst(lineLength).prefix(size)
            reply = .bulk(String(decoding: text, as: UTF8.self))
        }
        buffer.consume(length)
        return reply
    }
}
