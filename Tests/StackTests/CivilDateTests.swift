import Stack
import Testing

@Suite struct CivilDateTests {
    @Test func bothDirectionsAgreeForEveryDayOfTwoEras() {
        for day in Int64(-146_097)...146_097 {
            let date = CivilDate(daysSince1970: day)
            guard date.daysSince1970 == day, date.exists else {
                Issue.record("day \(day) is \(date)")
                return
            }
        }
    }

    @Test(
        arguments: [
            (2026, 11, 24, true), (2024, 2, 29, true), (2023, 2, 29, false), (1900, 2, 29, false), (2000, 2, 29, true),
            (2026, 4, 31, false), (2026, 13, 1, false), (2026, 0, 1, false), (2026, 1, 0, false),
        ] as [(Int64, Int64, Int64, Bool)])
    func aDayExistsOrNot(year: Int64, month: Int64, day: Int64, exists: Bool) {
        #expect(CivilDate(year: year, month: month, day: day).exists == exists)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000000Z"), (1_795_516_639_198_000_001, "2026-11-24T10:37:19.198000001Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"), (.max, "2262-04-11T23:47:16.854775807Z"),
            (.min, "1677-09-21T00:12:43.145224192Z"),
        ] as [(Int64, String)])
    func timesAreWrittenByRFC3339(nanoseconds: Int64, text: String) {
        let time = UTCTime(nanoseconds: nanoseconds)
        #expect(time.nanoseconds == text)
        #expect(time.milliseconds == text.prefix(23) + "Z")
        #expect("\(time.day)T\(time.clock)" == text.prefix(19))
    }
}

@Suite struct PercentEncodingTests {
    @Test(arguments: [("web-1", "web-1"), ("a b/ü~", "a%20b%2F%C3%BC~"), ("", ""), ("%", "%25")])
    func textsAreEncodedAndReadBack(text: String, encoded: String) {
        #expect(PercentEncoding.encode(text) == encoded)
        #expect(PercentEncoding.decode(encoded) == text)
    }
}
