public import Stack

/// A moment as whoever judges alerts has to know it. Nothing in this room reads a clock or a calendar.
public struct AlertTime: Hashable, Sendable {
    /// By the engine's clock, which decides.
    public var now: Instant
    /// By the calendar, in nanoseconds since the start of 1970 in UTC, which people are told.
    public var calendar: Int64
    /// By the clock on the wall that quiet hours go by.
    public var local: LocalTime

    /// A moment.
    public init(now: Instant, calendar: Int64, local: LocalTime) {
        self.now = now
        self.calendar = calendar
        self.local = local
    }

    /// The calendar's name for another instant.
    public func calendar(of instant: Instant) -> Int64 {
        calendar.subtractingReportingOverflow((now - instant).nanoseconds).partialValue
    }
}

/// A time of the week by the clock on the wall.
public struct LocalTime: Hashable, Sendable {
    /// 1 to 7, Monday is 1.
    public var weekday: Int
    /// 0 to 86,399 since midnight.
    public var second: Int

    /// A time of the week.
    public init(weekday: Int, second: Int) {
        self.weekday = weekday
        self.second = second
    }

    /// What a clock shows that is so many seconds east of UTC, at those nanoseconds since the start of 1970.
    public init(nanoseconds: Int64, east offset: Int) {
        let seconds = nanoseconds / 1_000_000_000 + Int64(offset)
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        // The first day of 1970 was a Thursday.
        weekday = Int(((day + 3) % 7 + 7) % 7) + 1
        second = Int(seconds - day * 86_400)
    }
}

extension QuietHours {
    /// Whether it is one of them.
    func include(_ time: LocalTime) -> Bool {
        let minute = time.second / 60
        let yesterday = time.weekday == 1 ? 7 : time.weekday - 1
        guard to <= from else { return begin(on: time.weekday) && (from..<to).contains(minute) }
        return begin(on: time.weekday) && minute >= from || begin(on: yesterday) && minute < to
    }

    private func begin(on day: Int) -> Bool { days.isEmpty || days.contains(day) }
}
