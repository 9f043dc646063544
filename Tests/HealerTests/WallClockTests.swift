import Testing

@testable import Healer

/// Times as the clock on the wall has them.
@Suite struct WallClockTests {
    private static let day: Int64 = 86_400_000_000_000
    private static let now: Int64 = 1_800_000_000_000_000_000

    @Test func todayNeedsNoDate() {
        let text = WallClock.text(Self.now, now: Self.now)
        #expect(text.count == 8 && text.split(separator: ":").allSatisfy { $0.count == 2 && Int($0) != nil })
    }

    @Test func anotherDayIsNamed() {
        let text = WallClock.text(Self.now - 2 * Self.day, now: Self.now)
        #expect(text.hasPrefix("2027-01-1") && text.count == 19)
        #expect(text.hasSuffix(WallClock.text(Self.now, now: Self.now)))
    }
}
