/// One line that an instance wrote.
struct LogEntry: Equatable {
    /// When, as its log file says it: RFC 3339 in UTC with nine decimals, so that earlier sorts first.
    var time: [UInt8]
    /// Without the line end.
    var text: [UInt8]
}

/// A line of a log file: `2026-11-24T03:06:22.123456789Z stdout F text`, with P where the next line goes on with it.
struct LogFileLine: Equatable {
    var time: [UInt8]
    var isPartial: Bool
    var text: [UInt8]

    /// Nil for what is no such line.
    init?(_ line: some RandomAccessCollection<UInt8>) {
        let parts = line.split(separator: 32, maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, let mark = parts[2].first, parts[2].count == 1 else { return nil }
        guard mark == UInt8(ascii: "P") || mark == UInt8(ascii: "F") else { return nil }
        time = Array(parts[0])
        isPartial = mark == UInt8(ascii: "P")
        text = Array(parts[3])
    }

    /// A line of an access log, which begins with its time in either format; nil for what is no such line.
    init?(access line: some RandomAccessCollection<UInt8>) {
        let openings: [StaticString] = ["{\"time\":\"", "time="]
        for opening in openings {
            let length = opening.utf8CodeUnitCount
            let isIt = opening.withUTF8Buffer { line.starts(with: $0) }
            guard isIt, line.count >= length + Self.accessTime else { continue }
            time = Array(line.dropFirst(length).prefix(Self.accessTime))
            isPartial = false
            text = Array(line)
            return
        }
        return nil
    }

    /// Characters of `2026-11-24T03:06:22.123Z`.
    private static let accessTime = 24
}

/// Puts the pieces of long lines together.
struct LogLineJoiner {
    /// A line longer than this is shown in pieces.
    static let longest = 1 << 20

    private var pending: LogEntry?

    /// The entry that `line` completes, if it completes one.
    mutating func add(_ line: LogFileLine) -> LogEntry? {
        var entry = pending ?? LogEntry(time: line.time, text: [])
        entry.text += line.text
        guard line.isPartial, entry.text.count < Self.longest else {
            pending = nil
            return entry
        }
        pending = entry
        return nil
    }
}
