internal import Glibc

/// Has the kernel run a thread before ordinary ones (sched(7)).
public enum Urgency {
    private static let resetOnFork: Int32 = 0x4000_0000

    /// Makes the calling thread real-time at the lowest priority, where this user may; the processes and threads it
    /// makes are ordinary again.
    ///
    /// A stack that takes every processor must not keep its repair waiting. The kernel's own limit (5 % of the time is
    /// left to ordinary threads) keeps a thread that never sleeps from taking the machine.
    public static func claim() {
        var parameters = sched_param()
        parameters.sched_priority = 1
        if sched_setscheduler(0, SCHED_RR | resetOnFork, &parameters) == 0 { return }
        parameters.sched_priority = 0
        if sched_setscheduler(0, SCHED_OTHER | resetOnFork, &parameters) == 0 {
            setpriority(__priority_which_t(0), 0, -10)
        }
    }
}
