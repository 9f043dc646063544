internal import Glibc
internal import Platform

/// Processes whose parents ended and who became children of the keeper (prctl(2), PR_SET_CHILD_SUBREAPER): found, told
/// apart and, once dead, waited for.
enum Strays {
    /// The keeper's own children, as the kernel lists them.
    static func children() -> [Int32] {
        guard let bytes = try? readWholeFile("/proc/self/task/\(ProcessFacts.own)/children") else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
    }

    /// The instance that a process belongs to by its environment; nil where it does not say or overwrote it.
    static func instance(of pid: Int32) -> String? {
        ProcessFacts.variable("HALE_INSTANCE", of: pid)
    }

    /// Waits for one that has ended; true where it is gone.
    static func reap(_ pid: Int32) -> Bool {
        var status: Int32 = 0
        let result = retryingInterrupts { waitpid(pid, &status, WNOHANG) }
        return result == pid || (result == -1 && errno == ECHILD)
    }
}
