internal import Glibc
internal import Keeper
internal import Platform
internal import Stack

/// Ends the tasks of a project, which the healer does not know.
enum TaskEnding {
    private static let usualGrace = Duration.seconds(10)

    /// Asks every task to end, and kills those that have not after `grace`. Returns their names; nil after Ctrl-C.
    static func end(in locations: Locations, grace: Duration?, _ interrupts: inout Interrupts) -> [String]? {
        let tasks = TaskFolder.all(in: locations)
        let live = tasks.filter { $0.keeper != nil }
        // The second SIGTERM is for those that did not heed the first, SIGKILL for who looks after them and hangs.
        for (signal, patience) in [
            (SIGTERM, grace ?? usualGrace), (SIGTERM, Duration.seconds(5)), (SIGKILL, .seconds(5)),
        ] {
            for task in live { send(signal, to: task) }
            let deadline = Instant.now() + patience
            while live.contains(where: { $0.keeper != nil }), Instant.now() < deadline {
                if interrupts.pause(.milliseconds(20)) { return nil }
            }
        }
        for task in tasks where task.keeper == nil {
            AttendedProcess.endLeftovers(mark: task.path, cgroup: task.cgroup)
            task.remove()
        }
        if TaskFolder.all(in: locations).isEmpty {
            removeTree(locations.tasks)
            removeTree(locations.leases)
        }
        return live.map(\.name)
    }

    private static func send(_ signal: Int32, to task: TaskFolder) {
        guard let pid = task.keeper, pid > 1, let descriptor = try? openProcess(pid) else { return }
        defer { close(descriptor) }
        // The lock tells that the descriptor is that process's and not one's that was given its number since.
        if task.keeper == pid { signalProcess(pidfd: descriptor, signal) }
    }
}
