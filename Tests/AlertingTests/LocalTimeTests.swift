import Foundation
import Stack
import Testing

@testable import Alerting

struct LocalTimeTests {
    /// Midnight between Sunday and Monday, 2 March 2026, in UTC.
    static let monday: Int64 = 1_772_409_600

    @Test func theClockOnTheWallGoesByTheOffset() {
        let time = LocalTime(nanoseconds: Self.monday * 1_000_000_000, east: 0)
        #expect(time == LocalTime(weekday: 1, second: 0))
        #expect(
            LocalTime(nanoseconds: Self.monday * 1_000_000_000, east: -3_600) == LocalTime(weekday: 7, second: 82_800))
        #expect(LocalTime(nanoseconds: 0, east: 0) == LocalTime(weekday: 4, second: 0))
    }

    @Test(arguments: [
        (1, 21 * 60 + 59, false), (1, 22 * 60, true), (2, 0, true), (2, 6 * 60 + 59, true), (2, 7 * 60, false),
        (6, 23 * 60, false), (7, 1 * 60, false), (6, 1 * 60, true),
    ])
    func quietHoursGoOverMidnight(weekday: Int, minute: Int, isQuiet: Bool) {
        let hours = QuietHours(from: 22 * 60, to: 7 * 60, days: [1, 2, 3, 4, 5])
        #expect(hours.include(LocalTime(weekday: weekday, second: minute * 60)) == isQuiet)
    }

    /// Against Foundation, which has a reader of its own.
    @Test(arguments: ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata", "UTC"])
    func zonesAreReadAsOthersReadThem(name: String) throws {
        let bytes = try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(name)"))
        let rules = try #require(ZoneRules(Array(bytes)))
        let zone = try #require(TimeZone(identifier: name))
        for day in stride(from: Int64(0), to: 25_000, by: 13) {
            let second = day * 86_400 + day % 86_400
            let expected = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))
            #expect(rules.offset(at: second) == expected, "\(name) at \(second)")
        }
    }

    @Test(
        arguments: [
            ("CET-1CEST,M3.5.0,M10.5.0/3", 1_782_864_000, 7_200), ("CET-1CEST,M3.5.0,M10.5.0/3", 1_767_225_600, 3_600),
            ("AEST-10AEDT,M10.1.0,M4.1.0/3", 1_767_225_600, 39_600), ("<+0530>-5:30", 0, 19_800), ("UTC0", 0, 0),
        ] as [(String, Int64, Int)])
    func whatHoldsAfterTheLastChange(text: String, second: Int64, offset: Int) throws {
        #expect(try #require(PosixZone(text)).offset(at: second) == offset)
    }

    @Test(arguments: ["", "X", "CET", "CET-1CEST,J60,J300", "CET-1CEST,M13.1.0,M1.1.0", "CET-1CEST,M3.5.0"])
    func whatIsNoZoneIsNone(text: String) { #expect(PosixZone(text) == nil) }

    @Test func rubbishIsNoZone() {
        #expect(ZoneRules([]) == nil)
        #expect(ZoneRules(Array("TZif2".utf8) + Array(repeating: 0xFF, count: 200)) == nil)
    }
}
