import Testing

@testable import Platform

@Suite struct CalendarTimeTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("1970-01-02", 86_400), ("2000-02-29T12:00:00Z", 951_825_600),
        ("2026-11-24T03:06:22Z", 1_795_489_582), ("2026-11-24T05:06:22+02:00", 1_795_489_582),
        ("2026-11-23T22:06:22-05:00", 1_795_489_582), ("2026-11-24 03:06:22", 1_795_489_582),
    ])
    func timesAreRead(text: String, seconds: Int64) {
        #expect(CalendarTime(text)?.nanoseconds == seconds * 1_000_000_000)
    }

    @Test(arguments: [
        "", "now", "2026", "2026-13-01", "2026-02-29", "2026-11-24T", "2026-11-24T25:00:00Z", "2026-11-24T03:06:22X",
        "2026-11-24T03:06:22+2", "1969-12-31", "9999-01-01", "2026-11-24T03:06:22Zx",
    ])
    func rubbishIsNoTime(text: String) {
        #expect(CalendarTime(text) == nil)
    }

    @Test(arguments: [
        "1970-01-01T00:00:00.000000000Z", "2024-02-29T23:59:59.999999999Z", "2024-12-31T00:00:00.000000001Z",
        "2100-03-01T01:02:03.123456789Z", "2261-12-31T12:00:00.500000000Z",
    ])
    func textAndTimeAgree(text: String) throws {
        #expect(try #require(CalendarTime(text)).text == text)
    }
}
