import Platform
import Testing

@testable import Commands

@Suite struct LogSinceTests {
    @Test func sinceIsATimeOrAnAge() throws {
        let now = CalendarTime(nanoseconds: 1_000_000_000_000)
        #expect(try LogSince.parse("10m", now: now).nanoseconds == 400_000_000_000)
        #expect(try LogSince.parse("5", now: now).nanoseconds == 5_000_000_000)
        #expect(try LogSince.parse("1970-01-01T00:00:07Z", now: now).nanoseconds == 7_000_000_000)
        #expect(try LogSince.parse("9h", now: now).nanoseconds == 0)
        #expect(throws: UsageError.self) { try LogSince.parse("yesterday", now: now) }
        #expect(throws: UsageError.self) { try LogSince.parse("-5m", now: now) }
    }
}
