internal import CLinux
internal import Glibc

/// What can be read of a process from outside (proc(5)).
public enum ProcessFacts {
    /// When the process started, in clock ticks since boot (field 22 of /proc/PID/stat): with the pid it names a
    /// process for good. Nil where there is no such process.
    public static func startTime(of pid: Int32) -> UInt64? {
        statFields(of: pid).flatMap { $0.count > 19 ? UInt64($0[19]) : nil }
    }

    /// The process that waits for it; nil where there is no such process.
    public static func parent(of pid: Int32) -> Int32? {
        statFields(of: pid).flatMap { $0.count > 1 ? Int32($0[1]) : nil }
    }

    /// The session it is in, named by the pid of the process that began it; nil where there is no such process.
    public static func session(of pid: Int32) -> Int32? {
        statFields(of: pid).flatMap { $0.count > 3 ? Int32($0[3]) : nil }
    }

    /// The processes that it waits for (proc(5), /proc/PID/task/TID/children).
    public static func children(of pid: Int32) -> [Int32] {
        namesInFolder("/proc/\(pid)/task").flatMap { thread in
            let bytes = (try? readWholeFile("/proc/\(pid)/task/\(thread)/children", limit: 4 << 20)) ?? []
            return String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
        }
    }

    /// Its state as proc(5) writes it: R, S, D, T, Z …
    public static func state(of pid: Int32) -> Character? {
        statFields(of: pid)?.first?.first
    }

    /// The fields from the third on: the second, the name, may hold spaces and parentheses.
    private static func statFields(of pid: Int32) -> [Substring]? {
        guard let bytes = try? readWholeFile("/proc/\(pid)/stat", limit: 65_536) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        return text[text.index(after: end)...].split(separator: " ")
    }

    /// A variable of the environment it was started with; nil where it has none or may not be read.
    public static func variable(_ name: String, of pid: Int32) -> String? {
        guard let bytes = try? readWholeFile("/proc/\(pid)/environ", limit: 4 << 20) else { return nil }
        let wanted = Array((name + "=").utf8)
        return bytes.split(separator: 0).first { $0.starts(with: wanted) }
            .map { String(decoding: $0.dropFirst(wanted.count), as: UTF8.self) }
    }

    /// Whether the process has no environment now, as one in the middle of execve(2).
    public static func hasNoEnvironment(_ pid: Int32) -> Bool {
        (try? readWholeFile("/proc/\(pid)/environ", limit: 1))?.isEmpty ?? false
    }

    /// Every process of the machine.
    public static func allPids() -> [Int32] {
        namesInFolder("/proc").compactMap { Int32($0) }
    }

    /// Tells one start of the host from another.
    public static func bootIdentity() -> String {
        let bytes = (try? readWholeFile("/proc/sys/kernel/random/boot_id", limit: 100)) ?? []
        return String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
    }

    /// This process.
    public static var own: Int32 { getpid() }

    /// The process that started this one, or took it over.
    public static var ownParent: Int32 { getppid() }

    /// Whether this process may do what root may.
    public static var isRoot: Bool { geteuid() == 0 }

    /// Whether this process may try to mount: it is root, or has CAP_SYS_ADMIN (capabilities(7)).
    public static let mayMount = isRoot || hasCapability(21)

    /// Whether this process may make interfaces, routes and rules (CAP_NET_ADMIN, capabilities(7)).
    public static let mayChangeNetworks = hasCapability(12)

    private static func hasCapability(_ number: UInt64) -> Bool {
        let bytes = (try? readWholeFile("/proc/self/status", limit: 65_536)) ?? []
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let mask = line.flatMap { $0.split(separator: "\t").last }.flatMap { UInt64($0, radix: 16) } ?? 0
        return mask >> number & 1 == 1
    }
}

/// Whoever holds the lock on a file; the kernel lets go of it when the process ends, however that happens.
public final class FileLock {
    private static let attempts = 20
    private let descriptor: Int32

    /// Locks the file at `path` and writes this process's pid into it; nil where another process has it.
    public init?(path: String) throws(SystemError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
        guard Self.lock(descriptor) else {
            let code = errno
            close(descriptor)
            if code == EWOULDBLOCK { return nil }
            throw SystemError(code: code, attempt: "lock \(path)")
        }
        let text = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        pwrite(descriptor, text, text.count, 0)
    }

    /// Whoever asks for the holder has the lock for a moment itself; that must not keep a keeper from starting.
    private static func lock(_ descriptor: Int32) -> Bool {
        for attempt in 1...attempts {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK, attempt < attempts else { return false }
            usleep(5_000)
        }
        return false
    }

    deinit { close(descriptor) }

    /// The pid of the process that holds the lock on the file at `path`; nil where nobody does.
    public static func holder(of path: String) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
        let bytes = (try? readWholeFile(path, limit: 100)) ?? []
        return Int32(String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self))
    }
}

/// A descriptor for a process, which stays its own when the pid is given to another (pidfd_open(2)).
public func openProcess(_ pid: Int32) throws(SystemError) -> Int32 {
    let descriptor = hale_pidfd_open(pid)
    guard descriptor >= 0 else { throw SystemError.last("watch process \(pid)") }
    return descriptor
}

/// Sends a signal to the process behind a descriptor; one that has ended is not an error.
public func signalProcess(pidfd: Int32, _ signal: Int32) {
    _ = hale_pidfd_send_signal(pidfd, signal)
}
