internal import Stack

/// Times as the API writes them: RFC 3339 in UTC with milliseconds, `2026-01-31T23:59:59.123Z`.
public enum Timestamp {
    /// The text for that time since the start of 1970; years outside 0 to 9999 are held at those bounds.
    public static func format(secondsSince1970 seconds: Int64, nanoseconds: Int32 = 0) -> String {
        let carried = floorDivide(Int64(nanoseconds), by: 1_000_000_000)
        let fraction = Int64(nanoseconds) - carried * 1_000_000_000
        let bounded = min(max(seconds, earliest), latest) + carried
        return UTCTime(seconds: bounded, nanosecond: fraction).milliseconds
    }

    /// The seconds since the start of 1970 that `text`, as `format` writes it, names; nil for anything else.
    static func parse(_ text: String) -> Double? {
        let bytes = Array(text.utf8)
        guard bytes.count == 24, bytes[10] == UInt8(ascii: "T"), bytes[23] == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            var value: Int64 = 0
            for byte in bytes[range] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            return value
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            let millisecond = number(20..<23), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        let days = CivilDate(year: year, month: month, day: day).daysSince1970
        let seconds = days * secondsInDay + hour * 3600 + minute * 60 + second
        return Double(seconds) + Double(millisecond) / 1000
    }

    private static let secondsInDay: Int64 = 86_400
    // Years 0 and 9999, less what the largest number of nanoseconds can carry.
    private static let earliest: Int64 = -62_167_219_197
    private static let latest: Int64 = 253_402_300_797

    private static func floorDivide(_ value: Int64, by divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }
}

// MARK: RFC 3339 in general

extension Timestamp {
    /// The nanoseconds since 1970 that `text` names by RFC 3339: any number of decimals, `Z` or an offset. Nil for
    /// anything else. What 64 bits cannot hold (before 1677, after 2262) is held at their bounds.
    static func nanoseconds(ofAny text: String) -> Int64? {
        var rest = Substring(text).utf8[...]
        guard let date = date(&rest), let separator = rest.popFirst(), "Tt ".utf8.contains(separator),
            let time = timeOfDay(&rest), let fraction = fraction(&rest), let offset = offset(&rest), rest.isEmpty
        else { return nil }
        let seconds = date * secondsInDay + time - offset
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isBeyond) = scaled.addingReportingOverflow(fraction)
        return overflow || isBeyond ? (seconds < 0 ? .min : .max) : sum
    }

    private typealias Bytes = Substring.UTF8View.SubSequence

    private static func number(_ rest: inout Bytes, digits: Int, in range: ClosedRange<Int64>) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let byte = rest.popFirst(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return range.contains(value) ? value : nil
    }

    private static func skip(_ character: Unicode.Scalar, _ rest: inout Bytes) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private static func date(_ rest: inout Bytes) -> Int64? {
        guard let year = number(&rest, digits: 4, in: 0...9999), skip("-", &rest),
            let month = number(&rest, digits: 2, in: 1...12), skip("-", &rest),
            let day = number(&rest, digits: 2, in: 1...31)
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        return date.exists ? date.daysSince1970 : nil
    }

    private static func timeOfDay(_ rest: inout Bytes) -> Int64? {
        guard let hour = number(&rest, digits: 2, in: 0...23), skip(":", &rest),
            let minute = number(&rest, digits: 2, in: 0...59), skip(":", &rest),
            let second = number(&rest, digits: 2, in: 0...60)
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    private static func fraction(_ rest: inout Bytes) -> Int64? {
        guard skip(".", &rest) else { return 0 }
        var value: Int64 = 0
        var unit: Int64 = 100_000_000
        var count = 0
        while let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            rest.removeFirst()
            value += Int64(byte - UInt8(ascii: "0")) * unit
            unit /= 10
            count += 1
        }
        return count > 0 ? value : nil
    }

    private static func offset(_ rest: inout Bytes) -> Int64? {
        if skip("Z", &rest) || skip("z", &rest) { return 0 }
        // A plus that was not percent-encoded arrives as a space.
        let isEast = skip("+", &rest) || skip(" ", &rest)
        guard isEast || skip("-", &rest), let hour = number(&rest, digits: 2, in: 0...23), skip(":", &rest),
            let minute = number(&rest, digits: 2, in: 0...59)
        else { return nil }
        return (isEast ? 1 : -1) * (hour * 3600 + minute * 60)
    }
}
