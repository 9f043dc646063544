import Stack
import Testing

@Suite struct DurationTextTests {
    @Test(arguments: [
        ("0", Duration.zero), ("1s", .seconds(1)), ("1m30s", .seconds(90)), ("1.5s", .milliseconds(1500)),
        ("100ms", .milliseconds(100)), ("2h", .seconds(7200)), ("1d", .seconds(86_400)), ("-5s", .seconds(-5)),
        ("10us", .microseconds(10)), ("3ns", .nanoseconds(3)),
    ])
    func reads(text: String, duration: Duration) {
        #expect(DurationText.parse(text) == duration)
    }

    @Test(arguments: ["", "5", "s", "1x", "1s2", "--1s", "1..5s", "99999999999999h", "1 s"])
    func refuses(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: [
        (Duration.zero, "0s"), (.seconds(90), "1m30s"), (.milliseconds(1500), "1.5s"), (.seconds(3600), "1h"),
        (.microseconds(250), "250us"), (.milliseconds(12), "12ms"), (.seconds(3661), "1h1m1s"),
    ])
    func writes(duration: Duration, text: String) {
        #expect(DurationText.format(duration) == text)
    }
}

@Suite struct InstantTests {
    @Test func saturatesInsteadOfOverflowing() {
        #expect(Instant.distantFuture + .seconds(1) == .distantFuture)
        #expect(Instant(nanoseconds: .min) + .seconds(-1) == Instant(nanoseconds: .min))
        #expect((Instant.zero + .milliseconds(5)).nanoseconds == 5_000_000)
        #expect(Instant(nanoseconds: 7) - Instant(nanoseconds: 5) == .nanoseconds(2))
    }
}
