internal import Glibc
internal import Platform
internal import Wire

/// The cgroup of one instance: its limits, its processes, and what the kernel did to them.
final class Cgroup {
    /// By controller in version 1; the one folder under `unified` in version 2.
    private let folders: [String: String]
    /// Open cgroup.procs files, for a new process to join.
    private(set) var joinDescriptors: [Int32] = []
    private var limits: CgroupRequest?
    private var seenKills: UInt64 = 0

    init(folders: [String: String]) {
        self.folders = folders
        for folder in folders.values.sorted() {
            let descriptor = open(folder + "/cgroup.procs", O_WRONLY | O_CLOEXEC)
            if descriptor >= 0 { joinDescriptors.append(descriptor) }
        }
        seenKills = killCount()
    }

    deinit { for descriptor in joinDescriptors { close(descriptor) } }

    private var isUnified: Bool { folders["unified"] != nil }

    private func path(_ controller: String, _ file: String) -> String? {
        (folders["unified"] ?? folders[controller]).map { "\($0)/\(file)" }
    }

    // MARK: Limits

    /// Sets what the request asks for and lifts what it does not; `onNotice` hears of each that cannot be set.
    func limit(_ request: CgroupRequest, onNotice: (String) -> Void) {
        guard request != limits else { return }
        limits = request
        let memory = request.memory.map { "\($0)" }
        set("memory", isUnified ? "memory.max" : "memory.limit_in_bytes", memory, lifted: isUnified ? "max" : "-1") {
            onNotice("the memory limit of \(request.path) cannot be set: \($0)")
        }
        let period: Int64 = 100_000
        let quota = request.processors.map { Int64(max(1_000, min($0, 100_000) * Double(period))) }
        if isUnified {
            set("cpu", "cpu.max", quota.map { "\($0) \(period)" }, lifted: "max \(period)") {
                onNotice("the CPU limit of \(request.path) cannot be set: \($0)")
            }
        } else {
            set("cpu", "cpu.cfs_quota_us", quota.map { "\($0)" }, lifted: "-1") {
                onNotice("the CPU limit of \(request.path) cannot be set: \($0)")
            }
        }
        set("pids", "pids.max", request.processes.map { "\($0)" }, lifted: "max") {
            onNotice("the process limit of \(request.path) cannot be set: \($0)")
        }
    }

    private func set(
        _ controller: String, _ file: String, _ value: String?, lifted: String, onFailure: (String) -> Void
    ) {
        guard let path = path(controller, file) else {
            if value != nil { onFailure("this machine has no \(controller) cgroup") }
            return
        }
        if let error = Self.write(value ?? lifted, to: path), value != nil { onFailure(error.reason) }
    }

    /// Writes a kernel file; nil where it took it.
    static func write(_ text: String, to path: String) -> SystemError? {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return SystemError.last("open \(path)") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        return Glibc.write(descriptor, bytes, bytes.count) == bytes.count ? nil : SystemError.last("write \(path)")
    }

    // MARK: Processes

    /// Every process in the group.
    func processes() -> [Int32] {
        guard let folder = folders["unified"] ?? folders.sorted(by: { $0.key < $1.key }).first?.value,
            let bytes = try? readWholeFile(folder + "/cgroup.procs")
        else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { Int32($0) }
    }

    /// Freezes or thaws every process in the group; false where this machine cannot.
    func freeze(_ frozen: Bool) -> Bool {
        if let path = folders["unified"] {
            return Self.write(frozen ? "1" : "0", to: path + "/cgroup.freeze") == nil
        }
        guard let path = folders["freezer"] else { return false }
        return Self.write(frozen ? "FROZEN" : "THAWED", to: path + "/freezer.state") == nil
    }

    /// Sends SIGKILL to every process in the group. A frozen one would not take it, so it is thawed first.
    func kill() {
        _ = freeze(false)
        if let path = folders["unified"], Self.write("1", to: path + "/cgroup.kill") == nil { return }
        for pid in processes() where pid > 1 { Glibc.kill(pid, SIGKILL) }
    }

    /// Whether the kernel ended a process of the group for want of memory since this was last asked.
    func takeOutOfMemory() -> Bool {
        let count = killCount()
        defer { seenKills = count }
        return count > seenKills
    }

    private func killCount() -> UInt64 {
        guard let path = path("memory", isUnified ? "memory.events" : "memory.oom_control"),
            let bytes = try? readWholeFile(path)
        else { return 0 }
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("oom_kill ") }
        return line.flatMap { UInt64($0.dropFirst("oom_kill ".count)) } ?? 0
    }

    /// Removes the group; one that still has processes stays.
    func remove() {
        for folder in folders.values { rmdir(folder) }
    }
}
