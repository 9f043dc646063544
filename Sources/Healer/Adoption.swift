internal import FoundationEssentials
internal import Healing
internal import Platform
internal import Runtimes
internal import Stack
internal import Wire

/// What the keeper and the runtime say of processes, in the engine's words.
enum Adoption {
    /// A process that an earlier healer had started.
    static func process(of child: ChildRecord) -> AdoptedProcess {
        // A note that cannot be read means a launch that cannot be compared: such a process is replaced.
        let launch = try? JSONDecoder().decode(LaunchSpecification.self, from: Data(child.note))
        return AdoptedProcess(
            pid: child.pid, run: child.process.run, startedAt: instant(ofTicks: child.startTime),
            launch: launch ?? LaunchSpecification(command: []))
    }

    static func exit(_ exit: RuntimeExit) -> Exit {
        let status: Exit.Status = exit.code.map { .code($0) } ?? exit.signal.map { .signal($0) } ?? .unknown
        return Exit(
            status, outOfMemory: exit.outOfMemory,
            successor: exit.successor.map { Exit.Successor(run: $0.run, pid: $0.pid) })
    }

    /// Start times are in ticks of 1/100 s since boot on every Linux that Swift runs on (sysconf(_SC_CLK_TCK)).
    private static func instant(ofTicks ticks: UInt64) -> Instant {
        Instant(nanoseconds: Int64(clamping: ticks.multipliedReportingOverflow(by: 10_000_000).partialValue))
    }
}
