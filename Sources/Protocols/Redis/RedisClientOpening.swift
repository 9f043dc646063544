/// What a Redis client says before its server has answered anything (RESP2 and RESP3,
/// redis.io/docs/latest/develop/reference/protocol-spec).
public enum RedisClientOpening {
    /// Commands that set up a connection, or read: a second server, or the same one started anew, may be given them too.
    private static let repeatable: Set<String> = [
        "AUTH", "COMMAND", "DBSIZE", "ECHO", "EXISTS", "GET", "GETRANGE", "HELLO", "HEXISTS", "HGET", "HGETALL",
        "HKEYS",
        "HLEN", "HMGET", "HVALS", "INFO", "LINDEX", "LLEN", "LRANGE", "MGET", "PING", "PTTL", "READONLY", "SCARD",
        "SELECT",
        "SISMEMBER", "SMEMBERS", "STRLEN", "TIME", "TTL", "TYPE", "XLEN", "XRANGE", "ZCARD", "ZCOUNT", "ZRANGE",
        "ZSCORE",
    ]
    private static let repeatableOfClient: Set<String> = ["GETNAME", "ID", "INFO", "SETINFO", "SETNAME"]

    /// Whether `bytes`, all that the client has sent, do no more when they are sent twice than when they are sent once.
    /// That holds for what is not a whole command yet, and not for what is not RESP.
    public static func isRepeatable(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var reader = Reader(bytes: bytes)
        while reader.place < bytes.count {
            switch reader.command() {
            case .incomplete: return true
            case .malformed: return false
            case .command(let name, let second):
                let isHarmless = name == "CLIENT" ? repeatableOfClient.contains(second) : repeatable.contains(name)
                guard isHarmless else { return false }
            }
        }
        return true
    }

    private enum Step {
        case command(String, second: String)
        case incomplete
        case malformed
    }

    private enum Number {
        case value(Int)
        case incomplete
        case malformed
    }

    private struct Reader {
        /// Longer words name no command.
        private static let longestWord = 32
        private static let mostWords = 1 << 20
        private static let mostBytes = 512 << 20

        let bytes: UnsafeRawBufferPointer
        var place = 0

        init(bytes: UnsafeRawBufferPointer) {
            self.bytes = bytes
        }

        /// The next command, behind which `place` is then.
        mutating func command() -> Step {
            let count: Int
            switch number(behind: UInt8(ascii: "*"), most: Self.mostWords) {
            case .value(let value): count = value
            case .incomplete: return .incomplete
            case .malformed: return .malformed
            }
            guard count > 0 else { return .malformed }
            var words = ("", "")
            for index in 0..<count {
                let length: Int
                switch number(behind: UInt8(ascii: "$"), most: Self.mostBytes) {
                case .value(let value): length = value
                case .incomplete: return .incomplete
                case .malformed: return .malformed
                }
                guard length + 2 <= bytes.count - place else { return .incomplete }
                guard bytes[place + length] == Ascii.carriageReturn, bytes[place + length + 1] == Ascii.lineFeed else {
                    return .malformed
                }
                if index == 0 { words.0 = word(length) }
                if index == 1 { words.1 = word(length) }
                place += length + 2
            }
            return .command(words.0, second: words.1)
        }

        private func word(_ length: Int) -> String {
            guard length <= Self.longestWord else { return "" }
            return String(decoding: bytes[place..<place + length], as: UTF8.self).uppercased()
        }

        private mutating func number(behind mark: UInt8, most: Int) -> Number {
            guard place < bytes.count else { return .incomplete }
            guard bytes[place] == mark else { return .malformed }
            var value = 0
            var next = place + 1
            while next < bytes.count, bytes[next] != Ascii.carriageReturn {
                guard case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[next] else { return .malformed }
                value = value * 10 + Int(bytes[next] - UInt8(ascii: "0"))
                guard value <= most else { return .malformed }
                next += 1
            }
            guard next + 1 < bytes.count else { return .incomplete }
            guard bytes[next + 1] == Ascii.lineFeed, next > place + 1 else { return .malformed }
            place = next + 2
            return .value(value)
        }
    }
}
