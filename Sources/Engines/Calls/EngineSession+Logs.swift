internal import Platform

/// A line that a container has written.
public struct ContainerLogLine: Hashable, Sendable {
    /// When, in nanoseconds since 1970.
    public var time: Int64
    /// Whether it went to standard error.
    public var isError: Bool
    /// Without the line end.
    public var text: [UInt8]

    /// As Hale's own log files have it: `TIME stdout F TEXT`, with a line end.
    public var fileLine: [UInt8] {
        let stream = isError ? "stderr" : "stdout"
        let head = "\(CalendarTime(nanoseconds: time).text) \(stream) F "
        return Array(head.utf8) + text + [UInt8(ascii: "\n")]
    }
}

extension EngineSession {
    /// Hands on what a container has written, each line as it comes: since a time in nanoseconds since 1970, or the last `tail`
    /// lines. With `follows` it goes on until the container ends or `body` returns false.
    public func logs(
        _ id: String, since: Int64? = nil, tail: Int? = nil, follows: Bool = false,
        _ body: @escaping (ContainerLogLine) -> Bool
    ) throws(EngineError) {
        var target = "/containers/\(id)/logs?stdout=1&stderr=1&timestamps=1&follow=\(follows ? 1 : 0)"
        // The engine counts in seconds where it is asked for what was since.
        if let since { target += "&since=\(since / 1_000_000_000)" }
        if let tail { target += "&tail=\(tail)" }
        var reading = LogReading()
        try stream("GET", target, timeout: follows ? nil : timeout) { bytes in
            reading.take(bytes).allSatisfy { line in
                guard let since, line.time < since else { return body(line) }
                return true
            }
        }
    }
}

/// Reads what an engine sends of a container's log: in frames, or plain where the container has a terminal.
struct LogReading {
    private static let longest = 1 << 20
    private var isFramed: Bool?
    private var frames = OutputFrames()
    /// What was read of a line that has no end yet.
    private var rest: [Bool: [UInt8]] = [:]

    mutating func take(_ bytes: [UInt8]) -> [ContainerLogLine] {
        guard let first = bytes.first else { return [] }
        // A plain log begins with a time, and thus with a digit.
        if isFramed == nil { isFramed = first <= 2 }
        guard isFramed == true else { return lines(bytes, isError: false) }
        return frames.take(bytes).flatMap { lines($0.bytes, isError: $0.isError) }
    }

    private mutating func lines(_ bytes: [UInt8], isError: Bool) -> [ContainerLogLine] {
        var text = (rest[isError] ?? []) + bytes
        var found: [ContainerLogLine] = []
        while let end = text.firstIndex(of: UInt8(ascii: "\n")) {
            if let line = Self.line(text[..<end], isError: isError) { found.append(line) }
            text.removeSubrange(...end)
        }
        rest[isError] = text.count > Self.longest ? [] : text
        return found
    }

    private static func line(_ bytes: ArraySlice<UInt8>, isError: Bool) -> ContainerLogLine? {
        let parts = bytes.split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
        guard let time = parts.first.flatMap({ CalendarTime(String(decoding: $0, as: UTF8.self)) }) else { return nil }
        let text = parts.count == 2 ? Array(parts[1]) : []
        return ContainerLogLine(
            time: time.nanoseconds, isError: isError, text: text.last == UInt8(ascii: "\r") ? text.dropLast() : text)
    }
}
