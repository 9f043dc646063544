/// A day of the Gregorian calendar, counted without a library and without allocating anything.
///
/// Both directions follow Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin on 1 March, so that the
/// leap day is the last, and 400 of them always have as many days.
public struct CivilDate: Hashable, Sendable {
    /// The year of the common era.
    public let year: Int64
    /// 1 to 12.
    public let month: Int64
    /// 1 to 31.
    public let day: Int64

    private static let daysInEra: Int64 = 146_097
    /// From 1 March of the year 0 to the start of 1970.
    private static let offset: Int64 = 719_468

    /// That day, which need not be one: see `exists`.
    public init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day that is so many days after 1 January 1970, or before where it is negative.
    public init(daysSince1970 days: Int64) {
        let shifted = days + Self.offset
        let era = (shifted >= 0 ? shifted : shifted - (Self.daysInEra - 1)) / Self.daysInEra
        let dayOfEra = shifted - era * Self.daysInEra
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1 January 1970. Of a day that its month does not have, that of the next month which it runs on to.
    public var daysSince1970: Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * Self.daysInEra + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - Self.offset
    }

    /// Whether its month has that day.
    public var exists: Bool {
        (1...12).contains(month) && day >= 1 && CivilDate(daysSince1970: daysSince1970) == self
    }
}

/// A time of the calendar in UTC, as texts have it.
public struct UTCTime: Hashable, Sendable {
    /// The day.
    public let date: CivilDate
    /// 0 to 86,399 since midnight.
    public let second: Int64
    /// 0 to 999,999,999 since that second.
    public let nanosecond: Int64

    /// So many seconds after the start of 1970, and so many nanoseconds after that, which are less than a second.
    public init(seconds: Int64, nanosecond: Int64 = 0) {
        let day = seconds >= 0 ? seconds / 86_400 : (seconds + 1) / 86_400 - 1
        date = CivilDate(daysSince1970: day)
        second = seconds - day * 86_400
        self.nanosecond = nanosecond
    }

    /// So many nanoseconds after the start of 1970.
    public init(nanoseconds: Int64) {
        let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        self.init(seconds: rest < 0 ? whole - 1 : whole, nanosecond: rest < 0 ? rest + 1_000_000_000 : rest)
    }

    /// `2026-11-24`.
    public var day: String {
        "\(Self.padded(date.year, 4))-\(Self.padded(date.month, 2))-\(Self.padded(date.day, 2))"
    }

    /// `10:37:19`.
    public var clock: String {
        "\(Self.padded(second / 3600, 2)):\(Self.padded(second / 60 % 60, 2)):\(Self.padded(second % 60, 2))"
    }

    /// By RFC 3339 with milliseconds, what is finer cut off: `2026-11-24T10:37:19.198Z`.
    public var milliseconds: String { "\(day)T\(clock).\(Self.padded(nanosecond / 1_000_000, 3))Z" }

    /// By RFC 3339 with nanoseconds.
    public var nanoseconds: String { "\(day)T\(clock).\(Self.padded(nanosecond, 9))Z" }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
