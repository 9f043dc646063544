internal import Glibc
internal import Platform
internal import Stack

/// What Hale started of a project and no keeper knows of: the folder that says what runs was removed, or processes hid
/// from it. Found by the mark that every process of Hale's carries in its environment, and by cgroup.
struct Leftovers {
    /// One process and what it belongs to.
    struct Process: Hashable {
        var pid: Int32
        /// `redis-1`.
        var instance: String

        var service: String {
            String(instance[..<(instance.lastIndex(of: "-") ?? instance.endIndex)])
        }
    }

    let locations: Locations

    // MARK: Finding

    /// Every process of the project's services.
    func processes() -> [Process] {
        let own = ProcessFacts.own
        let marked = ProcessFacts.allPids().compactMap { pid -> Process? in
            guard pid != own, let parts = mark(of: pid), isAlive(pid) else { return nil }
            return Process(pid: pid, instance: parts.instance)
        }
        let grouped = ProjectCgroups(project: locations.project).processes().filter {
            mark(of: $0.pid, isForeign: true) == nil
        }
        return Set(marked + grouped).sorted { ($0.instance, $0.pid) < ($1.instance, $1.pid) }
    }

    /// Those that a new keeper would not find by the records of the last one.
    func unrecorded() -> [Process] {
        let records = Set(namesInFolder(locations.children))
        return processes().filter { process in
            guard let parts = mark(of: process.pid) else {
                return !records.contains { $0.hasPrefix(process.instance + " ") }
            }
            return !records.contains("\(parts.instance) \(parts.kind) \(parts.run)")
        }
    }

    private typealias Mark = (instance: String, kind: String, run: String)

    private func mark(of pid: Int32) -> Mark? {
        guard let mark = ProcessFacts.variable("HALE_RUN", of: pid), mark.hasPrefix(locations.runtime + "/") else {
            return nil
        }
        let parts = mark.dropFirst(locations.runtime.count + 1).split(separator: "/").map(String.init)
        return parts.count == 3 ? (parts[0], parts[1], parts[2]) : nil
    }

    /// The mark of another Hale with a project of the same name.
    private func mark(of pid: Int32, isForeign: Bool) -> String? {
        ProcessFacts.variable("HALE_RUN", of: pid).flatMap { $0.hasPrefix(locations.runtime + "/") ? nil : $0 }
    }

    private func isAlive(_ pid: Int32) -> Bool {
        guard let state = ProcessFacts.state(of: pid) else { return false }
        return state != "Z" && state != "X"
    }

    // MARK: Ending

    /// Ends those that `isMeant`, dependents first: the stop signal, the grace, then SIGKILL. Returns those that are
    /// still there.
    func end(stack: Stack?, grace: Duration?, where isMeant: (Process) -> Bool = { _ in true }) -> [Process] {
        let meant = Set(processes().filter(isMeant))
        let stack = stack ?? Stack(name: locations.project, directory: "/", services: [])
        for layer in ServiceOrder.layers(Set(meant.map(\.service)).sorted(), of: stack).reversed() {
            end(meant.filter { layer.contains($0.service) }, of: stack, grace)
        }
        return processes().filter { meant.contains($0) }
    }

    private func end(_ processes: Set<Process>, of stack: Stack, _ grace: Duration?) {
        ProjectCgroups(project: locations.project).thaw(Set(processes.map(\.instance)))
        let pids = Set(processes.map(\.pid))
        var patience = grace ?? .zero
        for process in processes {
            let stop = stack.services[process.service]?.stop ?? StopPolicy()
            if grace == nil { patience = max(patience, stop.grace) }
            // What its own parent will end is left to that.
            if ProcessFacts.parent(of: process.pid).map({ pids.contains($0) }) != true {
                kill(process.pid, stop.signal)
            }
            kill(process.pid, SIGCONT)
        }
        if wait(for: pids, patience) { return }
        for _ in 0..<20 {
            for pid in pids where isAlive(pid) { kill(pid, SIGKILL) }
            if wait(for: pids, .milliseconds(200)) { return }
        }
    }

    /// Whether all were gone within that time. A pid can hardly come around so soon.
    private func wait(for pids: Set<Int32>, _ patience: Duration) -> Bool {
        let deadline = Instant.now() + patience
        while pids.contains(where: isAlive) {
            if Instant.now() >= deadline { return false }
            usleep(20_000)
        }
        return true
    }

    /// Removes the folders that nobody uses any more.
    func removeFolders() {
        removeTree(locations.runtime)
        ProjectCgroups(project: locations.project).remove()
    }
}
