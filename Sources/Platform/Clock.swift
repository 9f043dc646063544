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

/// The time for which a thread had a processor.
public enum ThreadTime {
    /// How long the calling thread has had one so far (CLOCK_THREAD_CPUTIME_ID): on a busy machine that is less than what
    /// passes meanwhile.
    public static func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
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
