internal import Stack

/// Times of the calendar as receivers of alerts take them.
enum UTCText {
    /// RFC 3339 in UTC with milliseconds: `2026-11-24T10:37:19.198Z`.
    static func rfc3339(_ nanoseconds: Int64) -> String { UTCTime(nanoseconds: nanoseconds).milliseconds }

    /// For people: `2026-11-24 10:37:19 UTC`.
    static func plain(_ nanoseconds: Int64) -> String {
        let time = UTCTime(nanoseconds: nanoseconds)
        return "\(time.day) \(time.clock) UTC"
    }

    /// As a mail's header has it (RFC 5322, section 3.3): `24 Nov 2026 10:37:19 +0000`.
    static func mail(_ nanoseconds: Int64) -> String {
        let time = UTCTime(nanoseconds: nanoseconds)
        return "\(time.date.day) \(months[Int(time.date.month - 1)]) \(time.date.year) \(time.clock) +0000"
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
