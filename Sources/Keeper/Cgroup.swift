internal import Glibc
internal import Platform
internal import Wire

/// The cgroups of one instance: its limits, its processes, and what the kernel did to them.
final class Cgroup {
    /// The folder in the version 2 hierarchy, for a process to be born in; -1 where there is none.
    let birthplace: Int32
    private let unified: String?
    /// Folders by controller, where version 1 sets the limits.
    private let separate: [String: String]
    /// Whether the version 2 hierarchy sets the limits.
    private let isWhole: Bool
    /// Open cgroup.procs of the version 1 groups that a new process must join. To move there takes some 10 ms, so only
    /// those are made that have something to limit or, without version 2, to find the processes by.
    private var entrances: [String: Int32] = [:]
    private var limits: CgroupRequest
    private var seenKills: UInt64 = 0
    /// An earlier keeper may have left it frozen.
    private var mayBeFrozen = true

    /// The groups at these places, which are made where they are missing. `unified` is nil where version 2 is not there.
    init(unified: String?, isWhole: Bool, separate: [String: String], path: String) throws(SystemError) {
        self.unified = unified
        self.isWhole = isWhole
        self.separate = separate
        limits = CgroupRequest(path: path)
        guard let unified else {
            birthplace = -1
            if separate["freezer"] != nil { try enter("freezer") }
            return
        }
        // One that an earlier keeper left empty may have been used in ways that a new one should not inherit.
        rmdir(unified)
        try makeFolders(unified)
        birthplace = open(unified, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        seenKills = killCount()
    }

    deinit {
        if birthplace >= 0 { close(birthplace) }
        for descriptor in entrances.values { close(descriptor) }
    }

    var joinDescriptors: [Int32] { entrances.sorted { $0.key < $1.key }.map(\.value) }

    private func enter(_ controller: String) throws(SystemError) {
        guard entrances[controller] == nil, let folder = separate[controller] else { return }
        try makeFolders(folder)
        let descriptor = open(folder + "/cgroup.procs", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError.last("open \(folder)/cgroup.procs") }
        entrances[controller] = descriptor
    }

    // MARK: Limits

    /// Sets what the request asks for and lifts what it does not; `onNotice` hears of each that cannot be set.
    func limit(_ request: CgroupRequest, onNotice: (String) -> Void) {
        let former = limits
        limits = request
        if request.memory != former.memory {
            set("memory", unified: "memory.max", separate: "memory.limit_in_bytes", request.memory.map { "\($0)" }) {
                onNotice("memory limits are not enforced: \($0)")
            }
            seenKills = killCount()
        }
        if request.processors != former.processors {
            let period: Int64 = 100_000
            let quota = request.processors.map { Int64(max(0.01, min($0, 100_000)) * Double(period)) }
            let value = quota.map { isWhole ? "\($0) \(period)" : "\($0)" }
            set("cpu", unified: "cpu.max", separate: "cpu.cfs_quota_us", value) {
                onNotice("CPU limits are not enforced: \($0)")
            }
        }
        if request.processes != former.processes {
            set("pids", unified: "pids.max", separate: "pids.max", request.processes.map { "\($0)" }) {
                onNotice("limits on processes are not enforced: \($0)")
            }
        }
    }

    private func set(
        _ controller: String, unified file: String, separate other: String, _ value: String?,
        onFailure: (String) -> Void
    ) {
        do throws(SystemError) {
            if isWhole, let unified {
                try Self.write(value ?? "max", to: "\(unified)/\(file)")
            } else if let folder = separate[controller] {
                try enter(controller)
                try Self.write(value ?? (controller == "pids" ? "max" : "-1"), to: "\(folder)/\(other)")
            } else if value != nil {
                onFailure("this machine has no cgroups for them that Hale may write")
            }
        } catch {
            if value != nil { onFailure("\(error)") }
        }
    }

    /// Writes a kernel file.
    static func write(_ text: String, to path: String) throws(SystemError) {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw SystemError.last("write \(text) to \(path)")
        }
    }

    // MARK: Processes

    /// Every process in the group.
    func processes() -> [Int32] {
        let folder = unified ?? entrances.keys.sorted().first.flatMap { separate[$0] }
        guard let folder, let bytes = try? readWholeFile(folder + "/cgroup.procs") else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { Int32($0) }
    }

    /// Whether there is no process in the group; false where that cannot be told. Costs less than to list them.
    var isEmpty: Bool {
        guard birthplace >= 0 else { return false }
        let descriptor = openat(birthplace, "cgroup.procs", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var first: UInt8 = 0
        return retryingInterrupts { read(descriptor, &first, 1) } == 0
    }

    /// Freezes or thaws every process in the group; false where this machine cannot.
    func freeze(_ frozen: Bool) -> Bool {
        mayBeFrozen = frozen
        if let unified {
            return (try? Self.write(frozen ? "1" : "0", to: unified + "/cgroup.freeze")) != nil
        }
        guard entrances["freezer"] != nil, let folder = separate["freezer"] else { return false }
        return (try? Self.write(frozen ? "FROZEN" : "THAWED", to: folder + "/freezer.state")) != nil
    }

    /// Sends SIGKILL to every process in the group, and to those they start meanwhile. Returns whether there was none.
    ///
    /// Not by cgroup.kill: kernels that guard it against a concurrent fork (6.14 and its backports) compare the number
    /// of kills of the parent's group with that of the group a process is born in, so that after the first use every
    /// process born in the group is killed at once.
    @discardableResult
    func kill() -> Bool {
        var passes = 0
        var targets = isEmpty ? [] : processes()
        let wasEmpty = targets.isEmpty
        while !targets.isEmpty, passes < 10 {
            for pid in targets where pid > 1 { Glibc.kill(pid, SIGKILL) }
            let former = Set(targets)
            targets = processes().filter { !former.contains($0) }
            passes += 1
        }
        // In version 1 a frozen process dies only once it is thawed, and in any the next one would be born frozen.
        if mayBeFrozen { _ = freeze(false) }
        return wasEmpty
    }

    /// Whether the kernel ended a process of the group for want of memory since this was last asked.
    func takeOutOfMemory() -> Bool {
        let count = killCount()
        defer { seenKills = count }
        return count > seenKills
    }

    private func killCount() -> UInt64 {
        let path =
            isWhole ? unified.map { $0 + "/memory.events" } : separate["memory"].map { $0 + "/memory.oom_control" }
        guard let path, let bytes = try? readWholeFile(path) else { return 0 }
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("oom_kill ") }
        return line.flatMap { UInt64($0.dropFirst("oom_kill ".count)) } ?? 0
    }

    /// Removes the group; one that still has processes stays.
    func remove() {
        if let unified { rmdir(unified) }
        for folder in separate.values { rmdir(folder) }
    }
}
