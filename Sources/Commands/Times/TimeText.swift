internal import Platform
internal import Stack

/// Spans of time as people read them.
enum TimeText {
    /// `340 ms`, `1.2 s`, `75 s`: how long something took.
    static func took(_ seconds: Double) -> String {
        guard seconds >= 0.95 else { return "\(max(1, Int((max(0, seconds) * 1000).rounded()))) ms" }
        guard seconds < 60 else { return age(min(seconds, 1e9)) }
        let tenths = Int((seconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }

    /// `12 seconds`, `4 minutes`, `3 hours`, `9 days`: how long something has been so.
    static func age(_ seconds: Double) -> String {
        let whole = Int(max(0, min(seconds, 1e12)))
        switch whole {
        case ..<60: return counted(whole, "second")
        case ..<3600: return counted(whole / 60, "minute")
        case ..<86_400: return counted(whole / 3600, "hour")
        default: return counted(whole / 86_400, "day")
        }
    }

    /// The age of what began at that RFC 3339 time; nil for no such time.
    static func age(since text: String, now: CalendarTime) -> String? {
        CalendarTime(text).map { age(Double(now.nanoseconds - $0.nanoseconds) / 1e9) }
    }

    private static func counted(_ number: Int, _ unit: String) -> String {
        "\(number) \(unit)\(number == 1 ? "" : "s")"
    }
}
