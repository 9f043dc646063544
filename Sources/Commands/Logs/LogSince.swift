internal import Platform
internal import Stack

/// The `--since` of logs, and other times of the command line.
enum LogSince {
    /// The time that `text` names: RFC 3339, seconds since 1970, or a duration before `now`.
    static func parse(_ text: String, now: CalendarTime, option: String = "since") throws(UsageError) -> CalendarTime {
        if let time = CalendarTime(text) { return time }
        if let duration = DurationText.parse(text), duration >= .zero {
            return CalendarTime(nanoseconds: max(0, now.nanoseconds - duration.nanoseconds))
        }
        if let seconds = Double(text), seconds >= 0, seconds < 9e9 {
            return CalendarTime(nanoseconds: Int64(seconds * 1e9))
        }
        throw UsageError("--\(option) is a time such as 2026-01-31T10:00:00Z or an age such as 10m, not '\(text)'")
    }
}
