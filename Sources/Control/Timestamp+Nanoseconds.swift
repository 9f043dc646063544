extension Timestamp {
    /// The text for a number of nanoseconds since the start of 1970; what is finer than a millisecond is cut off.
    public static func format(nanosecondsSince1970 nanoseconds: Int64) -> String {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return format(secondsSince1970: seconds, nanoseconds: Int32(rest))
    }

    /// The nanoseconds since the start of 1970 that `text`, as `format` writes it, names; nil for anything else and for
    /// years that nanoseconds in 64 bits do not reach.
    static func nanoseconds(_ text: String) -> Int64? {
        guard let seconds = parse(text), let milliseconds = Int64(exactly: (seconds * 1000).rounded()) else {
            return nil
        }
        let (nanoseconds, isTooFar) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        return isTooFar ? nil : nanoseconds
    }
}

extension KeyedDecodingContainer {
    /// A time as the API writes it, as nanoseconds since 1970.
    func decodeTime(forKey key: Key) throws -> Int64 {
        let text = try decode(String.self, forKey: key)
        guard let time = Timestamp.nanoseconds(text) else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self,
                debugDescription: "'\(text.prefix(40))' is no time such as 2026-01-31T23:59:59.123Z")
        }
        return time
    }

    /// The same for one that may be missing or null.
    func decodeTimeIfPresent(forKey key: Key) throws -> Int64? {
        guard try contains(key) && !decodeNil(forKey: key) else { return nil }
        return try decodeTime(forKey: key)
    }
}

extension KeyedEncodingContainer {
    /// Nanoseconds since 1970 as a time of the API.
    mutating func encodeTime(_ nanoseconds: Int64, forKey key: Key) throws {
        try encode(Timestamp.format(nanosecondsSince1970: nanoseconds), forKey: key)
    }

    /// The same where there is one; nothing otherwise.
    mutating func encodeTimeIfPresent(_ nanoseconds: Int64?, forKey key: Key) throws {
        if let nanoseconds { try encodeTime(nanoseconds, forKey: key) }
    }
}
