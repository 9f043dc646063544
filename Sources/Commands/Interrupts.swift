internal import Glibc
internal import Stack

/// Turns SIGINT, SIGTERM and SIGHUP into something that a loop can wait for, instead of the end of the process.
struct Interrupts {
    private var signals = sigset_t()

    /// From now on those signals wait until `pause` takes them.
    init() {
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Waits that long, or until a signal comes; true for a signal.
    mutating func pause(_ duration: Duration) -> Bool {
        let nanoseconds = max(0, duration.nanoseconds)
        var time = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        return sigtimedwait(&signals, nil, &time) > 0
    }
}
