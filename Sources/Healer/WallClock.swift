internal import Glibc
internal import Healing
internal import Platform
internal import Stack

/// Times as the clock on the wall of this machine has them: `10:02:13`, with the date where that is another day.
enum WallClock {
    /// What it was, is or will be at `nanoseconds` since 1970, told to someone at `now`.
    static func text(_ nanoseconds: Int64, now: Int64) -> String {
        let time = parts(nanoseconds)
        let clock = "\(two(time.tm_hour)):\(two(time.tm_min)):\(two(time.tm_sec))"
        let today = parts(now)
        guard (time.tm_year, time.tm_yday) != (today.tm_year, today.tm_yday) else { return clock }
        return "\(1900 + Int(time.tm_year))-\(two(time.tm_mon + 1))-\(two(time.tm_mday)) \(clock)"
    }

    private static func parts(_ nanoseconds: Int64) -> tm {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return parts
    }

    private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

extension HealerLoop {
    /// Why a service is as it is, in the times of this machine's wall clock; nil where the stack has none of that name.
    func explanation(of service: String) -> Explanation? {
        let calendarOffset = Calendar.offset()
        let now = Calendar.now()
        return engine.explain(service, at: Instant.now(), keptAway: breakers.keptAway(service)) {
            WallClock.text($0.nanoseconds &+ calendarOffset, now: now)
        }
    }
}
