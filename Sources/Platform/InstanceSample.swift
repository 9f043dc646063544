public import Stack

/// What the processes of one instance have used, read at one time.
public struct InstanceSample: Equatable, Sendable {
    /// When, by the clock that never jumps.
    public var time: Instant
    /// Processor time since the instance's start, in nanoseconds.
    public var processorTime: Int64
    /// Bytes of memory.
    public var memory: Int64
    /// Bytes of memory that the kernel lets it have.
    public var memoryLimit: Int64?
    /// Bytes read from disks; nil where that may not be read.
    public var diskRead: Int64?
    /// Bytes written to disks; nil where that may not be read.
    public var diskWritten: Int64?
    /// How many processes there are.
    public var processes: Int

    /// A sample of which all is known that is given.
    public init(
        time: Instant, processorTime: Int64, memory: Int64, memoryLimit: Int64?, diskRead: Int64?, diskWritten: Int64?,
        processes: Int
    ) {
        self.time = time
        self.processorTime = processorTime
        self.memory = memory
        self.memoryLimit = memoryLimit
        self.diskRead = diskRead
        self.diskWritten = diskWritten
        self.processes = processes
    }

    /// Reads them: from the instance's cgroup where it has one, and else from each process. Nil where none is left.
    public static func read(root: Int32, keeper: Int32?) -> InstanceSample? {
        let time = Instant.now()
        let folders = CgroupPlaces.folders(of: root)
        let usages = ProcessTree.pids(of: root, keeper: keeper).compactMap(ProcessUsage.read)
        guard !usages.isEmpty else { return nil }
        let traffic = usages.map { ProcessUsage.diskTraffic(of: $0.pid) }
        let known = traffic.compactMap { $0 }
        return InstanceSample(
            time: time,
            processorTime: CgroupUsage.processorTime(folders)
                ?? usages.reduce(0) { $0 &+ $1.ownTime &+ $1.childrenTime },
            memory: CgroupUsage.memory(folders)
                ?? usages.reduce(0) { $0 &+ (ProcessUsage.proportionalMemory(of: $1.pid) ?? $1.resident) },
            memoryLimit: CgroupUsage.memoryLimit(folders),
            diskRead: known.isEmpty ? nil : known.reduce(0) { $0 &+ $1.read },
            diskWritten: known.isEmpty ? nil : known.reduce(0) { $0 &+ $1.written }, processes: usages.count)
    }

    /// Percent of one processor since `earlier`.
    public func processors(since earlier: InstanceSample) -> Double {
        let span = (time - earlier.time).nanoseconds
        // Time of a process that ended, and that nobody waited for yet, is missing for a moment.
        guard span > 0, processorTime > earlier.processorTime else { return 0 }
        return Double(processorTime - earlier.processorTime) / Double(span) * 100
    }
}

/// What a cgroup says of its processes, in either version (cgroups(7)).
enum CgroupUsage {
    /// Nanoseconds of processor time; nil where no such group accounts for it.
    static func processorTime(_ folders: [String: String]) -> Int64? {
        if let folder = folders[""], let micros = field("usage_usec", of: folder + "/cpu.stat") {
            return micros.multipliedReportingOverflow(by: 1_000).partialValue
        }
        return folders["cpuacct"].flatMap { number(in: $0 + "/cpuacct.usage") }
    }

    /// Bytes of memory without what the kernel can drop at any time, as Docker counts; nil where no group has them.
    static func memory(_ folders: [String: String]) -> Int64? {
        for (folder, file, droppable) in [
            (folders[""], "memory.current", "inactive_file"),
            (folders["memory"], "memory.usage_in_bytes", "total_inactive_file"),
        ] {
            guard let folder, let used = number(in: "\(folder)/\(file)") else { continue }
            return max(0, used - (field(droppable, of: folder + "/memory.stat") ?? 0))
        }
        return nil
    }

    /// Bytes of memory that the group may use; nil where there is no limit.
    static func memoryLimit(_ folders: [String: String]) -> Int64? {
        // Version 1 says "no limit" with a number near the largest there is.
        let limits = [
            folders[""].flatMap { number(in: $0 + "/memory.max") },
            folders["memory"].flatMap { number(in: $0 + "/memory.limit_in_bytes") },
        ]
        return limits.compactMap { $0 }.first { $0 < 1 << 60 }
    }

    private static func number(in path: String) -> Int64? {
        text(path).flatMap { Int64($0.prefix { $0 != "\n" }) }
    }

    private static func field(_ name: String, of path: String) -> Int64? {
        let line = text(path)?.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { Int64($0.dropFirst(name.count + 1)) }
    }

    private static func text(_ path: String) -> String? {
        (try? readWholeFile(path, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
    }
}
