internal import Stack

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
            let day = scanner.number(2), (1970...2261).contains(year),
            case let date = CivilDate(year: year, month: month, day: day), date.exists
        else { return nil }
        var seconds = date.daysSince1970 * 86_400
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
    public var text: String { UTCTime(nanoseconds: nanoseconds).nanoseconds }
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
