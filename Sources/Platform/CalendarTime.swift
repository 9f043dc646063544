/// A point in time by the calendar, as RFC 3339 writes it.
public struct CalendarTime: Comparable, Hashable, Sendable {
    /// Since the start of 1970 in UTC.
    public var nanoseconds: Int64

    /// Whether one is before the other.
    public static func < (left: CalendarTime, right: CalendarTime) -> Bool { left.nanoseconds < right.nanoseconds }

    /// That many nanoseconds after the start of 1970.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Reads `2026-11-24T03:06:22.123456789Z`, with any number of decimals and with `Z` or an offset; also `2026-11-24`
    /// and times without a zone, which count as UTC. Nil for anything else and outside the years 1970 to 2261.
    public init?(_ text: some StringProtocol) {
        var scanner = Scanner(text)
        guard let year = scanner.number(4), scanner.skip("-"), let month = scanner.number(2), scanner.skip("-"),
            let day = scanner.number(2), (1970...2261).contains(year), (1...12).contains(month),
            (1...Self.days(in: month, year)).contains(day)
        else { return nil }
        var seconds = Self.days(to: year, month, day) * 86_400
        var fraction: Int64 = 0
        if !scanner.isAtEnd {
            guard scanner.skip("T") || scanner.skip("t") || scanner.skip(" "), let time = scanner.timeOfDay() else {
                return nil
            }
            seconds += time.seconds
            fraction = time.fraction
            guard let offset = scanner.offset(), scanner.isAtEnd else { return nil }
            seconds -= offset
        }
        guard seconds >= 0 else { return nil }
        nanoseconds = seconds * 1_000_000_000 + fraction
    }

    /// With nine decimals in UTC, as log files write it; such texts sort as the times do.
    public var text: String {
        let seconds = nanoseconds / 1_000_000_000
        let (year, month, day) = Self.date(ofDay: seconds / 86_400)
        let second = seconds % 86_400
        return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))T"
            + "\(Self.padded(second / 3600, 2)):\(Self.padded(second / 60 % 60, 2)):\(Self.padded(second % 60, 2))."
            + "\(Self.padded(nanoseconds % 1_000_000_000, 9))Z"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func isLeap(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    private static func days(in month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func days(to year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let before = year - 1
        let leapDays = before / 4 - before / 100 + before / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400)
        let inYear = (1..<month).reduce(0) { $0 + days(in: $1, year) }
        return (year - 1970) * 365 + leapDays + inYear + day - 1
    }

    private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        var year = 1970 + day / 366
        while days(to: year + 1, 1, 1) <= day { year += 1 }
        var month: Int64 = 1
        while month < 12, days(to: year, month + 1, 1) <= day { month += 1 }
        return (year, month, day - days(to: year, month, 1) + 1)
    }
}

/// Reads the parts of a time from left to right.
private struct Scanner {
    private var rest: [UInt8].SubSequence

    init(_ text: some StringProtocol) { rest = Array(text.utf8)[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// A number of exactly that many digits.
    mutating func number(_ digits: Int) -> Int64? {
        guard rest.count >= digits else { return nil }
        var value: Int64 = 0
        for byte in rest.prefix(digits) {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - 48)
        }
        rest = rest.dropFirst(digits)
        return value
    }

    mutating func timeOfDay() -> (seconds: Int64, fraction: Int64)? {
        guard let hour = number(2), skip(":"), let minute = number(2), hour < 24, minute < 60 else { return nil }
        var second: Int64 = 0
        var fraction: Int64 = 0
        if skip(":") {
            guard let found = number(2), found <= 60 else { return nil }
            second = found
            if skip(".") {
                var unit: Int64 = 100_000_000
                while let digit = number(1) {
                    fraction += digit * unit
                    unit /= 10
                }
            }
        }
        return (hour * 3600 + minute * 60 + second, fraction)
    }

    /// Seconds east of UTC; nothing counts as UTC.
    mutating func offset() -> Int64? {
        if isAtEnd || skip("Z") || skip("z") { return 0 }
        let sign: Int64
        if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
        guard let hour = number(2), skip(":"), let minute = number(2), hour < 24, minute < 60 else { return nil }
        return sign * (hour * 3600 + minute * 60)
    }
}
