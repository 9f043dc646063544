internal import CLinux
internal import Glibc
internal import Platform
public import Wire

/// A process that the command line makes and waits for as the keeper does for an instance: same words, user, limits and
/// cgroups, but with streams of the caller's. Belongs to one thread, with whose end it is killed.
public final class AttendedProcess {
    /// Where its standard streams go. The descriptors stay the caller's and are copied.
    public struct Streams {
        /// Standard input.
        public var input: Int32
        /// Standard output.
        public var output: Int32
        /// Standard error.
        public var error: Int32
        /// Whether the input is a terminal that becomes the process's own.
        public var isTerminal: Bool

        /// Those streams.
        public init(input: Int32, output: Int32, error: Int32, isTerminal: Bool = false) {
            self.input = input
            self.output = output
            self.error = error
            self.isTerminal = isTerminal
        }
    }

    /// Its pid, which is its process group's and its session's, too.
    public let pid: Int32
    /// Becomes readable when it has ended (pidfd_open(2)); closed with this object.
    public let descriptor: Int32
    /// Sentences about limits that it runs without.
    public let notices: [String]
    /// Milliseconds to wait for a process to become one that can be told from others; some have no environment for good.
    private static let mostDoubts = 100
    private let tree: CgroupTree?
    private let cgroup: Cgroup?
    private let mark: String
    private var hasEnded = false

    /// Makes the process of `request`. With `beside`, it joins the cgroups of that process; otherwise those that the
    /// request names are made for it, where this user may. What it starts is known by `mark`, which nobody else has.
    public init(
        _ request: SpawnRequest, streams: Streams, mark: String, beside: Int32? = nil
    ) throws(AttendedFailure) {
        var notices: [String] = []
        let wanted = beside == nil && ProcessFacts.isRoot ? request.cgroup : nil
        let tree = wanted.map { _ in CgroupTree { notices.append($0) } }
        let cgroup = wanted.flatMap { tree?.group(for: $0) }
        let entrances = beside.map(CgroupEntrances.open) ?? []
        let mounts = Self.mounts(of: request, beside: beside) { notices.append($0) }
        defer { if mounts >= 0 { close(mounts) } }
        let copies = [streams.input, streams.output, streams.error].map { fcntl($0, F_DUPFD_CLOEXEC, 3) }
        defer { for descriptor in entrances + copies where descriptor >= 0 { close(descriptor) } }
        self.mark = mark
        // A command beside an instance may outlive this program, and is not to be taken for the instance.
        let environment = request.environment + (beside == nil ? ["\(Strays.mark)=\(mark)"] : [])
        do throws(SpawnFailure) {
            let process = try Spawner.spawn(
                request, environment: environment,
                streams: Spawner.Streams(
                    input: copies[0], output: copies[1], error: copies[2], isTerminal: streams.isTerminal),
                cgroup: cgroup,
                bonds: Spawner.Bonds(entrances: entrances, endsWithParent: true, mounts: mounts))
            pid = process.pid
            descriptor = process.pidfd
            self.cgroup = process.isInCgroup ? cgroup : nil
            self.notices = notices + process.notices
            self.tree = tree
        } catch {
            tree?.removeAll()
            throw AttendedFailure(error)
        }
    }

    deinit { close(descriptor) }

    /// The mount namespace of the process that it runs beside, or one of its own; -1 for the caller's.
    private static func mounts(of request: SpawnRequest, beside: Int32?, _ onNotice: (String) -> Void) -> Int32 {
        guard let path = request.hosts else { return -1 }
        do throws(SystemError) {
            guard let beside else { return try HostsNamespaces.make(for: path, isApart: request.network != nil) }
            let descriptor = open("/proc/\(beside)/ns/mnt", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw SystemError.last("enter the mount namespace of pid \(beside)") }
            return descriptor
        } catch {
            onNotice(error.namesNotice)
            return -1
        }
    }

    /// Has what its descendants leave behind become this program's children, so that `endTree` finds it.
    public static func adoptOrphans() {
        _ = hale_become_subreaper()
    }

    /// Sends its process group a signal.
    public func signal(_ number: Int32) {
        guard !hasEnded, pid > 1 else { return }
        kill(-pid, number)
    }

    /// Ends it at once.
    public func kill() {
        signalProcess(pidfd: descriptor, SIGKILL)
    }

    /// How it ended; waits for that.
    public func wait() -> ExitStatus {
        var status: Int32 = 0
        guard !hasEnded, retryingInterrupts({ waitpid(pid, &status, 0) }) == pid else { return .unknown }
        hasEnded = true
        let signal = status & 0x7f
        return signal == 0 ? .code(status >> 8 & 0xff) : .signal(signal)
    }

    /// Ends all that it had started and left, and with it what those had; needs `adoptOrphans` before its start.
    public func endTree() {
        cgroup?.kill()
        var doubts = 0
        var hasFoundNobody = false
        // Who ends leaves children behind, so it takes as many rounds as the tree is deep.
        for _ in 0..<1_000 {
            let remaining = strays()
            for stray in remaining where stray > 1 { Glibc.kill(stray, SIGKILL) }
            for stray in remaining { Strays.reap(stray) }
            if remaining.isEmpty {
                if doubts < Self.mostDoubts, Strays.children().contains(where: Strays.isBetweenPrograms) {
                    doubts += 1
                } else if hasFoundNobody {
                    return
                }
            }
            // The kernel's list may leave out one while another ends (proc(5), children).
            hasFoundNobody = remaining.isEmpty
            usleep(1_000)
        }
    }

    /// What it left to this program. Not everything that this program is the parent of: a keeper may be, and with a
    /// keeper's death its services.
    private func strays() -> [Int32] {
        let own = Strays.children().filter { ProcessFacts.session(of: $0) == pid || Strays.mark(of: $0) == mark }
        return own + own.flatMap(Strays.descendants)
    }

    /// Removes its cgroup, and with `isLast` those above that nobody else uses.
    public func removeCgroup(isLast: Bool) {
        cgroup?.remove()
        if isLast { tree?.removeAll() }
    }

    /// Ends what is left of a task that lost who looked after it, and removes its cgroup.
    public static func endLeftovers(mark: String, cgroup path: String) {
        // Several rounds, as what is being killed may be starting others.
        for _ in 0..<10 {
            let left = ProcessFacts.allPids().filter { $0 > 1 && $0 != ProcessFacts.own && Strays.mark(of: $0) == mark }
            for pid in left { _ = Glibc.kill(pid, SIGKILL) }
            if left.isEmpty { break }
        }
        guard ProcessFacts.isRoot, let cgroup = CgroupTree(onNotice: { _ in }).group(for: CgroupRequest(path: path))
        else { return }
        for _ in 0..<100 where !cgroup.processes().isEmpty {
            cgroup.kill()
            usleep(1_000)
        }
        cgroup.remove()
    }

    private func kill(_ target: Int32, _ number: Int32) {
        _ = Glibc.kill(target, number)
    }
}

/// Why an attended process could not be made.
public struct AttendedFailure: Error, CustomStringConvertible {
    /// What was attempted, and why it failed.
    public let description: String
    /// Whether there is no such program.
    public let isNotFound: Bool
    /// Whether there is one that may not or cannot be run.
    public let isNotExecutable: Bool

    init(_ failure: SpawnFailure) {
        description = failure.reason
        isNotFound = failure.programCode == ENOENT
        isNotExecutable = failure.programCode.map { $0 != ENOENT } ?? false
    }
}

/// The ways into the cgroups of another process.
private enum CgroupEntrances {
    /// Open cgroup.procs files of every group below Hale's own that the process is in; none where this user may not
    /// enter them (cgroups(7), /proc/PID/cgroup).
    static func open(of pid: Int32) -> [Int32] {
        CgroupPlaces.folders(of: pid).values.compactMap { folder in
            let descriptor = Glibc.open(folder + "/cgroup.procs", O_WRONLY | O_CLOEXEC)
            return descriptor >= 0 ? descriptor : nil
        }
    }
}
