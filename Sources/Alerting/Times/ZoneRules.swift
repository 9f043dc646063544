/// How far a time zone is from UTC and when, as a compiled file of the time zone database says (RFC 9636).
public struct ZoneRules: Hashable, Sendable {
    private struct Change: Hashable, Sendable {
        let at: Int64
        let offset: Int
    }

    /// The oldest first.
    private let changes: [Change]
    private let first: Int
    /// What holds after the last change.
    private let rule: PosixZone?

    /// Reads a file such as /usr/share/zoneinfo/Europe/Berlin; nil for what is none of version 2 or later.
    public init?(_ bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        // The first block is for readers that know 32 bits only.
        guard let old = ZoneHeader(&reader), old.version >= UInt8(ascii: "2"), reader.skip(old.size(timeBytes: 4)),
            let header = ZoneHeader(&reader)
        else { return nil }
        var times: [Int64] = []
        for _ in 0..<header.times {
            guard let time = reader.number(8) else { return nil }
            times.append(time)
        }
        guard let kinds = reader.take(header.times) else { return nil }
        var offsets: [Int] = []
        for _ in 0..<header.types {
            guard let offset = reader.number(4), reader.skip(2) else { return nil }
            offsets.append(Int(Int32(truncatingIfNeeded: offset)))
        }
        guard let usual = offsets.first, kinds.allSatisfy({ Int($0) < offsets.count }) else { return nil }
        first = usual
        changes = zip(times, kinds).map { Change(at: $0, offset: offsets[Int($1)]) }
        guard reader.skip(header.sizeAfterTypes), reader.number(1) == 10 else { return nil }
        rule = PosixZone(String(decoding: reader.rest.prefix { $0 != 10 }, as: UTF8.self))
    }

    /// Seconds east of UTC at that second since the start of 1970.
    public func offset(at second: Int64) -> Int {
        guard let last = changes.last else { return rule?.offset(at: second) ?? first }
        if second >= last.at { return rule?.offset(at: second) ?? last.offset }
        return changes.last { $0.at <= second }?.offset ?? first
    }
}

/// The counts at the beginning of a block.
private struct ZoneHeader {
    let version: UInt8
    let isUT, isStandard, leaps, times, types, letters: Int

    init?(_ reader: inout ByteReader) {
        guard reader.take(4) == Array("TZif".utf8), let version = reader.take(1)?.first, reader.skip(15) else {
            return nil
        }
        self.version = version
        var counts: [Int] = []
        for _ in 0..<6 {
            guard let count = reader.number(4), (0...100_000).contains(count) else { return nil }
            counts.append(Int(count))
        }
        (isUT, isStandard, leaps, times, types, letters) = (
            counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]
        )
    }

    func size(timeBytes: Int) -> Int {
        times * (timeBytes + 1) + types * 6 + letters + leaps * (timeBytes + 4) + isStandard + isUT
    }

    /// Of a block with times of 64 bits.
    var sizeAfterTypes: Int { letters + leaps * 12 + isStandard + isUT }
}

private struct ByteReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func take(_ count: Int) -> [UInt8]? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func skip(_ count: Int) -> Bool { take(count) != nil }

    /// Of so many bytes, the most significant first.
    mutating func number(_ count: Int) -> Int64? {
        take(count).map { $0.reduce(Int64(0)) { $0 << 8 | Int64($1) } }
    }
}
