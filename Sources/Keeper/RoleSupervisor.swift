internal import Glibc
internal import Platform
internal import Stack
internal import Wire

/// Keeps a healer and a gateway running: one that ends is started again, at once the first time and then ever later.
final class RoleSupervisor {
    private static let firstDelay = Duration.milliseconds(50)
    private static let longestDelay = Duration.seconds(5)
    /// One that lived this long had a good start.
    private static let goodLife = Duration.seconds(10)

    private final class RoleProcess {
        let role: Role
        var pid: Int32 = 0
        var startedAt = Instant.zero
        /// Why it was started last.
        var reason = ""
        var delay = Duration.zero
        /// Why this process was ended; nil where it was not.
        var verdict: String?
        var log: InstanceLog?

        init(_ role: Role) {
            self.role = role
        }
    }

    private let reactor: Reactor
    private let locations: Locations
    private let executable: String
    private let environment: [String]
    private let onStart: (Role, Int32, String) -> Void
    private let roles = [RoleProcess(.gateway), RoleProcess(.healer)]
    private var stopping = false
    private var onStopped: (() -> Void)?

    init(
        reactor: Reactor, locations: Locations, executable: String,
        onStart: @escaping (Role, Int32, String) -> Void
    ) {
        self.reactor = reactor
        self.locations = locations
        self.executable = executable
        self.onStart = onStart
        let bytes = (try? readWholeFile("/proc/self/environ")) ?? []
        environment = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The pid of a role's process; nil where it is not running.
    func pid(of role: Role) -> Int32? {
        roles.first { $0.role == role && $0.pid > 0 }?.pid
    }

    /// Why a role was started: "started" at first, then how the one before it ended.
    func reason(of role: Role) -> String {
        roles.first { $0.role == role }?.reason ?? ""
    }

    func owns(_ pid: Int32) -> Bool {
        roles.contains { $0.pid == pid }
    }

    /// Starts both, once the healer of an earlier keeper has ended: there must be one that decides. Its gateway hands
    /// over what it has and ends by itself, with its last client.
    func startAll() {
        endFormer(.healer)
        for role in roles { start(role, reason: "started") }
    }

    private func path(of role: Role) -> String { "\(locations.runtime)/\(role).pid" }

    private func endFormer(_ role: Role) {
        let words = String(decoding: (try? readWholeFile(path(of: role))) ?? [], as: UTF8.self).split(separator: " ")
        guard words.count == 2, let pid = Int32(words[0]), let startTime = UInt64(words[1]), pid > 1 else { return }
        guard ProcessFacts.startTime(of: pid) == startTime, let former = try? openProcess(pid) else { return }
        defer { close(former) }
        signalProcess(pidfd: former, SIGKILL)
        var watched = pollfd(fd: former, events: Int16(POLLIN), revents: 0)
        _ = retryingInterrupts { poll(&watched, 1, 5_000) }
    }

    private func remember(_ role: RoleProcess) {
        let text = "\(role.pid) \(ProcessFacts.startTime(of: role.pid) ?? 0)"
        do {
            try writeFileAtomically(Array(text.utf8), to: path(of: role.role), mode: 0o600, durable: false)
        } catch {
            Log.write("a keeper that follows this one will not find the \(role.role): \(error)")
        }
    }

    /// Makes the files of both again after somebody removed them.
    func restoreFiles() {
        for role in roles where role.pid > 0 {
            remember(role)
            do {
                try role.log?.restoreFiles()
            } catch {
                Log.write("the \(role.role) cannot log until it is restarted: \(error)")
            }
        }
    }

    func signal(_ role: Role, _ number: Int32) {
        if let pid = pid(of: role) { kill(pid, number) }
    }

    /// Ends one that does not answer any more; another one is started in its place.
    func endHung(_ role: Role) {
        guard let process = roles.first(where: { $0.role == role && $0.pid > 0 }) else { return }
        process.verdict = Pulse.verdict
        kill(process.pid, SIGKILL)
    }

    /// Asks both to end, insists after two seconds, and calls `done` once both have.
    func stopAll(_ done: @escaping () -> Void) {
        stopping = true
        onStopped = done
        for role in roles where role.pid > 0 { kill(role.pid, SIGTERM) }
        reactor.schedule(at: Instant.now() + .seconds(2)) { [weak self] in
            for role in self?.roles ?? [] where role.pid > 0 { kill(role.pid, SIGKILL) }
        }
        finishStop()
    }

    private func finishStop() {
        guard stopping, roles.allSatisfy({ $0.pid == 0 }), let done = onStopped else { return }
        onStopped = nil
        for role in roles {
            role.log?.drain()
            role.log?.removeFiles()
        }
        done()
    }

    private func start(_ role: RoleProcess, reason: String) {
        guard !stopping else { return }
        do {
            let process = try spawn(role)
            role.pid = process.pid
            role.startedAt = Instant.now()
            role.reason = reason
            try watch(role, pidfd: process.pidfd)
            remember(role)
            onStart(role.role, process.pid, reason)
        } catch {
            Log.write("the \(role.role) cannot be started: \((error as? SpawnFailure)?.reason ?? "\(error)")")
            again(role, reason: reason)
        }
    }

    private func spawn(_ role: RoleProcess) throws -> SpawnedProcess {
        let name = "\(role.role)"
        let log =
            try role.log
            ?? InstanceLog(
                base: "hale-" + name, folder: locations.pipes,
                file: LogFile(path: "\(locations.ownLogs)/\(name).log", size: 10 << 20, files: 3), reactor: reactor)
        role.log = log
        let ends = try log.open(for: nil)
        defer {
            close(ends.output)
            close(ends.error)
        }
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard nothing >= 0 else { throw SystemError.last("open /dev/null") }
        defer { close(nothing) }
        let request = SpawnRequest(
            process: ProcessID(.service, InstanceID(name, 0), run: 0),
            arguments: ["hale", name, "-p", locations.project], environment: environment, workingDirectory: "/",
            output: .capture(limit: 0))
        return try Spawner.spawn(
            request.limited(to: .atStart), path: executable, environment: environment,
            streams: Spawner.Streams(input: nothing, output: ends.output, error: ends.error), cgroup: nil)
    }

    private func watch(_ role: RoleProcess, pidfd: Int32) throws(SystemError) {
        var registration: Registration?
        registration = try reactor.register(pidfd, for: .read) { [weak self, reactor] _ in
            if let registration { reactor.remove(registration) }
            close(pidfd)
            self?.ended(role)
        }
    }

    private func ended(_ role: RoleProcess) {
        var status: Int32 = 0
        _ = retryingInterrupts { waitpid(role.pid, &status, 0) }
        let signal = status & 0x7f
        let end = signal == 0 ? "exit code \(status >> 8 & 0xff)" : SignalNames.name(signal)
        let reason = role.verdict ?? end
        role.verdict = nil
        role.pid = 0
        if stopping { return finishStop() }
        Log.write("the \(role.role) ended (\(reason)) and is started again")
        if Instant.now() - role.startedAt >= Self.goodLife { role.delay = .zero }
        again(role, reason: reason)
    }

    private func again(_ role: RoleProcess, reason: String) {
        let delay = role.delay
        role.delay = min(max(delay * 2, Self.firstDelay), Self.longestDelay)
        guard delay > .zero else { return start(role, reason: reason) }
        reactor.schedule(at: Instant.now() + delay) { [weak self] in self?.start(role, reason: reason) }
    }
}
