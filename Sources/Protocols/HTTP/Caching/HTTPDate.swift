/// A moment as HTTP writes it (RFC 9110 §5.6.7).
public enum HTTPDate {
    private static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since the start of 1970 that an IMF-fixdate names; nil for anything else. The two obsolete forms are not
    /// read: a date that is not understood only makes a stored answer older than it is.
    public static func seconds(_ text: UnsafeRawBufferPointer) -> Int64? {
        // Sun, 06 Nov 1994 08:49:37 GMT
        guard text.count == 29, text[3] == UInt8(ascii: ","), text[19] == UInt8(ascii: ":"),
            text[22] == UInt8(ascii: ":"), UnsafeRawBufferPointer(rebasing: text[25...]).equals(" GMT"),
            let day = number(text, 5..<7), let year = number(text, 12..<16), let hour = number(text, 17..<19),
            let minute = number(text, 20..<22), let second = number(text, 23..<25),
            let month = months.firstIndex(where: { UnsafeRawBufferPointer(rebasing: text[8..<11]).equals($0) }),
            (1...31).contains(day), hour < 24, minute < 60, second <= 60, year >= 1970
        else { return nil }
        return daysSince1970(year, Int64(month) + 1, day) * 86_400 + hour * 3_600 + minute * 60 + second
    }

    private static func number(_ text: UnsafeRawBufferPointer, _ places: Range<Int>) -> Int64? {
        HTTPNumber.decimal(UnsafeRawBufferPointer(rebasing: text[places])).map { Int64($0) }
    }

    /// The days from the start of 1970 to a date of the Gregorian calendar: years are counted from March, so that the
    /// day that some years have more is their last.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month > 2 ? year : year - 1
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }
}
