internal import Glibc
internal import Stack

/// Turns SIGINT, SIGTERM and SIGHUP into something that a loop can wait for, instead of the end of the process.
struct Interrupts {
    private var signals = sigset_t()

    /// From now on those signals wait until `pause` takes them. With `reloads`, SIGHUP waits for `takeReload` instead.
    init(reloads: Bool = false) {
        var blocked = sigset_t()
        sigemptyset(&signals)
        sigemptyset(&blocked)
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            sigaddset(&blocked, signal)
            if signal != SIGHUP || !reloads { sigaddset(&signals, signal) }
        }
        pthread_sigmask(SIG_BLOCK, &blocked, nil)
    }

    /// Waits that long, or until a signal comes; true for a signal.
    mutating func pause(_ duration: Duration) -> Bool {
        let nanoseconds = max(0, duration.nanoseconds)
        var time = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        return sigtimedwait(&signals, nil, &time) > 0
    }

    /// Whether SIGHUP has come since this was last asked.
    func takeReload() -> Bool {
        var hangup = sigset_t()
        sigemptyset(&hangup)
        sigaddset(&hangup, SIGHUP)
        var time = timespec()
        return sigtimedwait(&hangup, nil, &time) == SIGHUP
    }
}
