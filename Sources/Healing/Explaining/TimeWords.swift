internal import Stack

/// Spells instants and spans for people: the engine has no calendar, so whoever asks brings one.
struct TimeWords {
    let now: Instant
    let clock: (Instant) -> String

    /// `since 10:02:13, 41 seconds ago`.
    func since(_ instant: Instant) -> String { "since \(past(instant))" }

    /// `10:02:13, 41 seconds ago`.
    func past(_ instant: Instant) -> String {
        let age = now - instant
        return age < .milliseconds(1) ? "\(clock(instant)), just now" : "\(clock(instant)), \(Self.span(age)) ago"
    }

    /// `10:02:13, in 41 seconds`; what is due already is due now.
    func future(_ instant: Instant) -> String {
        instant > now ? "\(clock(instant)), in \(Self.span(instant - now))" : "\(clock(instant)), which is now"
    }

    /// `41 seconds`, in the largest unit of which there are at least two, or of those below.
    static func span(_ duration: Duration) -> String {
        let milliseconds = max(duration.nanoseconds, 0) / 1_000_000
        let seconds = milliseconds / 1_000
        switch seconds {
        case 0: return counted(milliseconds, "millisecond")
        case ..<120: return counted(seconds, "second")
        case ..<7_200: return counted(seconds / 60, "minute")
        case ..<172_800: return counted(seconds / 3_600, "hour")
        default: return counted(seconds / 86_400, "day")
        }
    }

    static func counted(_ number: some BinaryInteger, _ unit: String) -> String {
        "\(number) \(unit)\(number == 1 ? "" : "s")"
    }
}
