internal import Glibc

/// What one process has used and is (proc(5)).
public struct ProcessUsage: Hashable, Sendable {
    /// Its pid.
    public var pid: Int32
    /// The process that waits for it.
    public var parent: Int32
    /// Who runs it, by number.
    public var user: UInt32
    /// Processor time of its own, in nanoseconds.
    public var ownTime: Int64
    /// Processor time of those it has waited for, in nanoseconds.
    public var childrenTime: Int64
    /// When it started, in nanoseconds since boot.
    public var startedAt: Int64
    /// Bytes of memory that are present, those shared with others included.
    public var resident: Int64
    /// Its words; its name in brackets where it has none, as a zombie's.
    public var command: String

    /// A process of which only that is known.
    public init(
        pid: Int32, parent: Int32, user: UInt32, ownTime: Int64, childrenTime: Int64 = 0, startedAt: Int64,
        resident: Int64, command: String
    ) {
        self.pid = pid
        self.parent = parent
        self.user = user
        self.ownTime = ownTime
        self.childrenTime = childrenTime
        self.startedAt = startedAt
        self.resident = resident
        self.command = command
    }

    /// Reads it; nil where there is no such process.
    public static func read(_ pid: Int32) -> ProcessUsage? {
        guard let bytes = try? readWholeFile("/proc/\(pid)/stat", limit: 65_536) else { return nil }
        var status = stat()
        guard stat("/proc/\(pid)", &status) == 0 else { return nil }
        let words = (try? readWholeFile("/proc/\(pid)/cmdline", limit: 4 << 20)) ?? []
        return ProcessUsage(
            pid: pid, user: status.st_uid, stat: String(decoding: bytes, as: UTF8.self), words: words,
            pageSize: Int64(sysconf(Int32(_SC_PAGESIZE))))
    }

    /// The same from the texts of the files.
    init?(pid: Int32, user: UInt32, stat: String, words: [UInt8], pageSize: Int64) {
        guard let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")"), open < close else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ").map { Int64($0) ?? 0 }
        guard fields.count > 21 else { return nil }
        self.pid = pid
        parent = Int32(truncatingIfNeeded: fields[1])
        self.user = user
        ownTime = Self.nanoseconds(fields[11]) &+ Self.nanoseconds(fields[12])
        childrenTime = Self.nanoseconds(fields[13]) &+ Self.nanoseconds(fields[14])
        startedAt = Self.nanoseconds(fields[19])
        resident = fields[21] &* pageSize
        let text = words.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        command = text.isEmpty ? "[\(stat[stat.index(after: open)..<close])]" : text
    }

    /// Of ticks, which are 1/100 s on every Linux that Swift runs on (sysconf(_SC_CLK_TCK)).
    private static func nanoseconds(_ ticks: Int64) -> Int64 { ticks &* 10_000_000 }

    /// Bytes of memory that it would give back, shared ones divided by those who share; nil where that may not be read.
    public static func proportionalMemory(of pid: Int32) -> Int64? {
        guard let bytes = try? readWholeFile("/proc/\(pid)/smaps_rollup", limit: 65_536) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("Pss:") }) else { return nil }
        return line.split(separator: " ").dropFirst().first.flatMap { Int64($0) }.map { $0 &* 1_024 }
    }

    /// Bytes it has had read from and written to disks, those of the ended processes it waited for included; nil where
    /// that may not be read.
    public static func diskTraffic(of pid: Int32) -> (read: Int64, written: Int64)? {
        guard let bytes = try? readWholeFile("/proc/\(pid)/io", limit: 65_536) else { return nil }
        var numbers: [Substring: Int64] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: ":")
            if parts.count == 2 { numbers[parts[0]] = Int64(parts[1].drop { $0 == " " }) }
        }
        guard let read = numbers["read_bytes"], let written = numbers["write_bytes"] else { return nil }
        return (read, written)
    }

    /// Bytes of memory that this machine has; nil where it does not say.
    public static func machineMemory() -> Int64? {
        guard let bytes = try? readWholeFile("/proc/meminfo", limit: 65_536) else { return nil }
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int64($0) }.map { $0 &* 1_024 }
    }
}
