internal import Glibc
public import Stack

extension Instant {
    /// Now, by the clock that goes on through suspend (CLOCK_BOOTTIME).
    public static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

/// The calendar's time.
public enum Calendar {
    /// Nanoseconds since 1970 in UTC.
    public static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// What to add to an instant's nanoseconds to get the calendar's.
    public static func offset() -> Int64 {
        now() - Instant.now().nanoseconds
    }
}
