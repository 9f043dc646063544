internal import Stack

/// A time zone as POSIX writes it, such as `CET-1CEST,M3.5.0,M10.5.0/3`: what holds after the last change that a file of
/// the time zone database lists (RFC 9636, section 3.3.1).
struct PosixZone: Hashable, Sendable {
    /// When the other time begins, in every year.
    private struct Day: Hashable, Sendable {
        let month, week, weekday: Int
        let second: Int64
    }

    private let standard: Int
    private let summer: (offset: Int, begin: Day, end: Day)?

    static func == (left: PosixZone, right: PosixZone) -> Bool {
        left.standard == right.standard && left.summer?.offset == right.summer?.offset
            && left.summer?.begin == right.summer?.begin && left.summer?.end == right.summer?.end
    }

    func hash(into hasher: inout Hasher) { hasher.combine(standard) }

    /// Nil for what is not understood: days by number (`J60`, `59`), which no zone of today has.
    init?(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard let head = parts.first, parts.count == 1 || parts.count == 3 else { return nil }
        var rest = head[...]
        guard Self.skipName(&rest), let standard = Self.offset(&rest) else { return nil }
        self.standard = standard
        guard parts.count == 3 else {
            guard rest.isEmpty else { return nil }
            summer = nil
            return
        }
        guard Self.skipName(&rest), let begin = Self.day(parts[1]), let end = Self.day(parts[2]) else { return nil }
        let offset = rest.isEmpty ? standard + 3600 : Self.offset(&rest)
        guard let offset, rest.isEmpty else { return nil }
        summer = (offset, begin, end)
    }

    func offset(at second: Int64) -> Int {
        guard let summer else { return standard }
        let year = Self.year(second + Int64(standard))
        let begin = Self.second(of: summer.begin, in: year) - Int64(standard)
        let end = Self.second(of: summer.end, in: year) - Int64(summer.offset)
        // South of the equator the summer goes over the turn of the year.
        let isSummer = begin < end ? (begin..<end).contains(second) : !(end..<begin).contains(second)
        return isSummer ? summer.offset : standard
    }

    // MARK: Reading

    private static func skipName(_ rest: inout Substring) -> Bool {
        if rest.first == "<" {
            guard let close = rest.firstIndex(of: ">") else { return false }
            rest = rest[rest.index(after: close)...]
            return true
        }
        let name = rest.prefix { $0.isLetter }
        rest = rest.dropFirst(name.count)
        return name.count >= 3
    }

    /// Seconds east of UTC; POSIX counts to the west.
    private static func offset(_ rest: inout Substring) -> Int? {
        time(&rest).map { -Int($0) }
    }

    /// `[+-]H[:MM[:SS]]` in seconds.
    private static func time(_ rest: inout Substring) -> Int64? {
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest = rest.dropFirst() }
        let text = rest.prefix { $0 == ":" || ("0"..."9").contains($0) }
        rest = rest.dropFirst(text.count)
        let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
        guard (1...3).contains(numbers.count) else { return nil }
        var seconds: Int64 = 0
        for (number, unit) in zip(numbers, [3600, 60, 1] as [Int64]) {
            guard let number, (0...167).contains(number) else { return nil }
            seconds += number * unit
        }
        return isNegative ? -seconds : seconds
    }

    /// `Mm.w.d[/TIME]`
    private static func day(_ text: Substring) -> Day? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let date = parts.first, date.first == "M", parts.count <= 2 else { return nil }
        let numbers = date.dropFirst().split(separator: ".").map { Int($0) ?? 0 }
        guard numbers.count == 3, (1...12).contains(numbers[0]), (1...5).contains(numbers[1]),
            (0...6).contains(numbers[2])
        else { return nil }
        guard parts.count == 2 else {
            return Day(month: numbers[0], week: numbers[1], weekday: numbers[2], second: 7_200)
        }
        var rest = parts[1]
        guard let second = time(&rest), rest.isEmpty else { return nil }
        return Day(month: numbers[0], week: numbers[1], weekday: numbers[2], second: second)
    }

    // MARK: Reckoning

    private static func year(_ second: Int64) -> Int64 { UTCTime(seconds: second).date.year }

    private static func second(of day: Day, in year: Int64) -> Int64 {
        let first = days(to: year, month: day.month)
        let length = (day.month == 12 ? days(to: year + 1, month: 1) : days(to: year, month: day.month + 1)) - first
        // The first day of 1970 was a Thursday; Sunday is 0.
        let weekday = ((first + 4) % 7 + 7) % 7
        var date = (Int64(day.weekday) - weekday + 7) % 7 + Int64(day.week - 1) * 7
        while date >= length { date -= 7 }
        return (first + date) * 86_400 + day.second
    }

    /// Days from the start of 1970 to the first day of a month.
    private static func days(to year: Int64, month: Int) -> Int64 {
        CivilDate(year: year, month: Int64(month), day: 1).daysSince1970
    }
}
