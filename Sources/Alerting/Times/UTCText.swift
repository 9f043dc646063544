/// Times of the calendar as receivers of alerts take them.
enum UTCText {
    /// RFC 3339 in UTC with milliseconds: `2026-11-24T10:37:19.198Z`.
    static func rfc3339(_ nanoseconds: Int64) -> String {
        let (date, second) = parts(nanoseconds)
        let milliseconds = max(0, nanoseconds) / 1_000_000 % 1_000
        return "\(date)T\(clock(second)).\(padded(milliseconds, 3))Z"
    }

    /// For people: `2026-11-24 10:37:19 UTC`.
    static func plain(_ nanoseconds: Int64) -> String {
        let (date, second) = parts(nanoseconds)
        return "\(date) \(clock(second)) UTC"
    }

    /// As a mail's header has it (RFC 5322, section 3.3): `24 Nov 2026 10:37:19 +0000`.
    static func mail(_ nanoseconds: Int64) -> String {
        let days = max(0, nanoseconds) / 1_000_000_000 / 86_400
        let (year, month, day) = civil(days)
        let (_, second) = parts(nanoseconds)
        return "\(day) \(months[Int(month - 1)]) \(year) \(clock(second)) +0000"
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func parts(_ nanoseconds: Int64) -> (date: String, second: Int64) {
        let seconds = max(0, nanoseconds) / 1_000_000_000
        let (year, month, day) = civil(seconds / 86_400)
        return ("\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))", seconds % 86_400)
    }

    private static func clock(_ second: Int64) -> String {
        "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// The date of a day since the start of 1970: years of 365.2425 days that begin in March, so that the leap day is
    /// the last of its year.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
        return (year, month >= 10 ? month - 9 : month + 3, dayOfYear - (153 * month + 2) / 5 + 1)
    }
}
