internal import Glibc
internal import Platform
internal import Wire

/// Processes whose parents ended and who became children of the keeper (prctl(2), PR_SET_CHILD_SUBREAPER): found, told
/// apart and, once dead, waited for.
enum Strays {
    /// The variable that says which child of the keeper's started a process.
    static let mark = "HALE_RUN"

    /// The mark of what `process` starts.
    static func mark(of process: ProcessID, runtime: String) -> String {
        "\(runtime)/\(process.instance)/\(process.kind)/\(process.run)"
    }

    /// The keeper's own children, as the kernel lists them.
    static func children() -> [Int32] {
        ProcessFacts.children(of: ProcessFacts.own)
    }

    /// Every process that `pid` has started, and that those have.
    static func descendants(of pid: Int32) -> [Int32] {
        // Who forks faster than this reads is met again in the next round.
        var found: [Int32] = []
        var next = ProcessFacts.children(of: pid)
        while let child = next.popLast(), found.count < 100_000 {
            found.append(child)
            next += ProcessFacts.children(of: child)
        }
        return found
    }

    /// The mark of a process; nil where it has none or overwrote it.
    static func mark(of pid: Int32) -> String? {
        ProcessFacts.variable(mark, of: pid)
    }

    /// Whether it cannot be told now who started a process: it lives, and is in the middle of becoming another program.
    static func isBetweenPrograms(_ pid: Int32) -> Bool {
        guard ProcessFacts.hasNoEnvironment(pid), let state = ProcessFacts.state(of: pid) else { return false }
        return state != "Z" && state != "X"
    }

    /// Waits for one that has ended, where it is the keeper's to wait for.
    static func reap(_ pid: Int32) {
        _ = retryingInterrupts { waitpid(pid, nil, WNOHANG) }
    }

    /// Whether one is gone or about to be, having been waited for where that was the keeper's duty.
    static func isGone(_ pid: Int32) -> Bool {
        reap(pid)
        let state = ProcessFacts.state(of: pid)
        return state == nil || state == "Z" || state == "X"
    }
}
