import Control
import Testing

struct TimestampTests {
    @Test(
        arguments: [
            (0, 0, "1970-01-01T00:00:00.000Z"),
            (951_782_399, 999_999_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400, 1_000_000, "2000-02-29T00:00:00.001Z"),
            (1_709_251_199, 500_000_000, "2024-02-29T23:59:59.500Z"),
            (4_107_542_400, 0, "2100-03-01T00:00:00.000Z"),
            (-1, 0, "1969-12-31T23:59:59.000Z"),
            (0, -1_000_000, "1969-12-31T23:59:59.999Z"),
            (-62_135_596_800, 0, "0001-01-01T00:00:00.000Z"),
            (Int64.max, Int32.max, "9999-12-31T23:59:59.147Z"),
            (Int64.min, Int32.min, "0000-01-01T00:00:00.852Z"),
        ] as [(Int64, Int32, String)])
    func isRFC3339(seconds: Int64, nanoseconds: Int32, text: String) {
        #expect(Timestamp.format(secondsSince1970: seconds, nanoseconds: nanoseconds) == text)
    }

    @Test func agreesWithTheCalendarForEveryDayOfFourHundredYears() {
        var day = (year: 1970, month: 1, day: 1)
        for number in 0..<146_097 {
            let text = Timestamp.format(secondsSince1970: Int64(number) * 86_400)
            #expect(text == "\(day.year)-\(twoDigits(day.month))-\(twoDigits(day.day))T00:00:00.000Z")
            day = next(day)
        }
    }

    private func next(_ day: (year: Int, month: Int, day: Int)) -> (year: Int, month: Int, day: Int) {
        let isLeap = day.year % 4 == 0 && (day.year % 100 != 0 || day.year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        if day.day < lengths[day.month - 1] { return (day.year, day.month, day.day + 1) }
        return day.month < 12 ? (day.year, day.month + 1, 1) : (day.year + 1, 1, 1)
    }

    private func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
