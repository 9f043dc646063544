internal import Glibc
internal import Platform
internal import Stack
internal import Wire

/// The children: made, watched, ended with everything they started, and kept until the healer knows of their end.
final class ChildTable {
    private let reactor: Reactor
    private let locations: Locations
    private let cgroups: CgroupTree
    private let files: ChildFiles
    private let send: (KeeperEvent) -> Void
    private let onNotice: (String) -> Void
    private let nothing: Int32
    private var children: [ProcessID: Child] = [:]
    /// Ended children whose end the healer has not dealt with, in the order of their ends.
    private var ended: [ProcessID] = []
    private var logs: [String: InstanceLog] = [:]
    private var sockets: [String: NotifySocket] = [:]
    /// The run that each instance's notify messages are from.
    private var notifying: [String: ProcessID] = [:]
    /// Children of the keeper that are not in this table.
    var isForeign: (Int32) -> Bool = { _ in false }

    init(
        reactor: Reactor, locations: Locations, cgroups: CgroupTree, send: @escaping (KeeperEvent) -> Void,
        onNotice: @escaping (String) -> Void
    ) throws(SystemError) {
        self.reactor = reactor
        self.locations = locations
        self.cgroups = cgroups
        self.send = send
        self.onNotice = onNotice
        files = ChildFiles(folder: locations.children)
        nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard nothing >= 0 else { throw SystemError.last("open /dev/null") }
    }

    deinit { close(nothing) }

    var records: [ChildRecord] {
        children.values.map(\.record).sorted { ($0.startTime, $0.pid) < ($1.startTime, $1.pid) }
    }

    var hasRunning: Bool { children.values.contains { !$0.hasEnded } }

    // MARK: Starting

    func spawn(_ request: SpawnRequest) {
        do {
            try refuseSecond(request)
            let child = try start(request)
            send(.spawned(process: request.process, pid: child.pid, startTime: child.startTime))
            files.save(child)
        } catch {
            let reason = (error as? SpawnFailure)?.reason ?? "\(error)"
            send(.spawnFailed(process: request.process, reason: reason))
        }
    }

    /// One instance never has two processes: they would write the same data.
    private func refuseSecond(_ request: SpawnRequest) throws(SpawnFailure) {
        guard children[request.process] == nil else { throw SpawnFailure(reason: "this run was started before") }
        guard request.process.kind == .service else { return }
        for other in children.values where other.request.process.kind == .service && !other.hasEnded {
            if other.request.process.instance == request.process.instance {
                throw SpawnFailure(reason: "it still runs as pid \(other.pid)")
            }
        }
    }

    private func start(_ request: SpawnRequest) throws -> Child {
        let cgroup = request.cgroup.flatMap(cgroups.group(for:))
        var environment = request.environment + ["\(Strays.mark)=\(mark(of: request.process))"]
        if request.notify { environment.append("NOTIFY_SOCKET=" + (try notifySocket(for: request))) }
        let (streams, captured) = try streams(for: request)
        defer { for descriptor in Set([streams.output, streams.error]) { close(descriptor) } }
        let process = try Spawner.spawn(
            request, environment: environment, streams: streams, cgroup: cgroup)
        process.notices.forEach(onNotice)
        let child = Child(
            request: request, process: process, startTime: ProcessFacts.startTime(of: process.pid) ?? 0, isOwn: true,
            cgroup: process.isInCgroup ? cgroup : nil, captured: captured)
        try watch(child)
        return child
    }

    private func streams(for request: SpawnRequest) throws -> (Spawner.Streams, CapturedOutput?) {
        switch request.output {
        case .log(let path, let size, let files):
            let log = try log(for: request.process.instance, path: path, size: size, files: files)
            let ends = try log.open(for: request.credentials)
            return (Spawner.Streams(input: nothing, output: ends.output, error: ends.error), nil)
        case .capture(let limit):
            let captured = try CapturedOutput(limit: limit, reactor: reactor)
            return (Spawner.Streams(input: nothing, output: captured.writer, error: captured.writer), captured)
        }
    }

    private func log(for instance: InstanceID, path: String, size: Int64, files: Int) throws -> InstanceLog {
        let name = instance.description
        if let log = logs[name] {
            log.configure(size: size, files: files)
            return log
        }
        let log = try InstanceLog(
            base: name, folder: locations.pipes, file: LogFile(path: path, size: size, files: files), reactor: reactor)
        logs[name] = log
        return log
    }

    private func notifySocket(for request: SpawnRequest) throws -> String {
        let name = request.process.instance.description
        notifying[name] = request.process
        let socket = try sockets[name] ?? makeNotifySocket(name)
        socket.give(to: request.credentials)
        return socket.path
    }

    private func makeNotifySocket(_ name: String) throws -> NotifySocket {
        let socket = try NotifySocket(path: locations.notifySocket(of: name), reactor: reactor) { [weak self] text in
            guard let self, let process = self.notifying[name] else { return }
            self.send(.notified(process: process, text: text))
        }
        sockets[name] = socket
        return socket
    }

    private func watch(_ child: Child) throws(SystemError) {
        children[child.request.process] = child
        child.registration = try reactor.register(child.pidfd, for: .read) { [weak self, unowned child] _ in
            self?.mainEnded(child)
        }
        guard let deadline = child.request.deadline else { return }
        child.deadline = reactor.schedule(at: Instant.now() + deadline) { [weak child] in
            child?.signal(SIGKILL, scope: .tree)
        }
    }

    // MARK: Finding again

    /// Takes over what an earlier keeper left running, and tells of what ended meanwhile.
    func adopt() {
        var names: [String] = []
        defer { if !names.isEmpty { onNotice(Self.adoptionNotice(names)) } }
        for found in files.read() {
            let process = found.request.process
            if ProcessFacts.startTime(of: found.pid) == found.startTime, let child = adopted(found) {
                do {
                    try watch(child)
                    if process.kind == .service { names.append(process.instance.description) }
                    continue
                } catch {
                    Log.write("\(process) runs as pid \(found.pid) but cannot be watched: \(error)")
                }
            }
            let gone = Child(
                request: found.request, process: SpawnedProcess(pid: found.pid, pidfd: -1), startTime: found.startTime,
                isOwn: false, cgroup: found.request.cgroup.flatMap(cgroups.group(for:)), captured: nil)
            children[process] = gone
            gone.state = .ending(.unknown)
            settle(gone, wait: .milliseconds(1))
        }
    }

    private static func adoptionNotice(_ names: [String]) -> String {
        "this keeper took over what an earlier one had started; the exit codes of those processes can no longer be "
            + "known: \(names.joined(separator: ", "))"
    }

    private func adopted(_ found: ChildFiles.Found) -> Child? {
        guard let pidfd = try? openProcess(found.pid) else { return nil }
        let request = found.request
        if case .log(let path, let size, let files) = request.output {
            _ = try? log(for: request.process.instance, path: path, size: size, files: files)
        }
        if request.notify {
            let name = request.process.instance.description
            notifying[name] = request.process
            _ = try? makeNotifySocket(name).give(to: request.credentials)
        }
        return Child(
            request: request, process: SpawnedProcess(pid: found.pid, pidfd: pidfd), startTime: found.startTime,
            isOwn: false, cgroup: request.cgroup.flatMap(cgroups.group(for:)), captured: nil)
    }

    // MARK: Ending

    private func mainEnded(_ child: Child) {
        if let registration = child.registration { reactor.remove(registration) }
        child.registration = nil
        if let deadline = child.deadline { reactor.cancel(deadline) }
        // While nobody has waited for the main process, its pid names this process group and no other.
        // That of one which is not this keeper's own may have been given to another by now.
        child.cgroup?.kill()
        if child.isOwn, child.pid > 1 { kill(-child.pid, SIGKILL) }
        child.state = .ending(child.isOwn ? wait(for: child.pid) : .unknown)
        claimStrays(of: child)
        settle(child, wait: .milliseconds(1))
    }

    private func wait(for pid: Int32) -> ExitStatus {
        var status: Int32 = 0
        guard retryingInterrupts({ waitpid(pid, &status, 0) }) == pid else { return .unknown }
        let signal = status & 0x7f
        return signal == 0 ? .code(status >> 8 & 0xff) : .signal(signal)
    }

    /// By which everything that a process starts can be told from everything else on the machine, other users' projects
    /// of the same name included.
    private func mark(of process: ProcessID) -> String {
        "\(locations.runtime)/\(process.instance)/\(process.kind)/\(process.run)"
    }

    /// Finds what the child had started and left: by its session, or by its environment where it began one of its own.
    private func claimStrays(of child: Child) {
        guard child.cgroup == nil else { return }
        let known = Set(children.values.flatMap { [$0.pid] + $0.strays })
        let mark = mark(of: child.request.process)
        // What an earlier keeper started did not become this one's when its parents ended.
        for pid in child.isOwn ? Strays.children() : ProcessFacts.allPids()
        where pid > 1 && pid != ProcessFacts.own && !known.contains(pid) && !isForeign(pid) {
            if ProcessFacts.session(of: pid) == child.pid || Strays.mark(of: pid) == mark { child.strays.insert(pid) }
        }
    }

    /// Waits, in ever longer steps, until nothing of the child's process tree is left.
    private func settle(_ child: Child, wait: Duration) {
        guard case .ending(let status) = child.state else { return }
        child.endStrays()
        // Those have left their own children behind.
        claimStrays(of: child)
        guard child.strays.isEmpty, child.cgroup?.processes().isEmpty ?? true else {
            child.cgroup?.kill()
            reactor.schedule(at: Instant.now() + wait) { [weak self, weak child] in
                guard let child else { return }
                self?.settle(child, wait: min(wait * 2, .milliseconds(100)))
            }
            return
        }
        finish(child, status)
    }

    private func finish(_ child: Child, _ status: ExitStatus) {
        child.captured?.finish()
        logs[child.request.process.instance.description]?.drain()
        let ranOut = child.cgroup?.takeOutOfMemory() == true
        child.state = .ended(status, outOfMemory: ranOut && status != .code(0))
        ended.append(child.request.process)
        tellEnd(of: child)
    }

    private func tellEnd(of child: Child) {
        guard case .ended(let status, let outOfMemory) = child.state else { return }
        send(
            .exited(
                process: child.request.process, pid: child.pid, status: status, outOfMemory: outOfMemory,
                output: child.captured?.bytes ?? []))
    }

    /// Tells a new healer of every end that no healer has dealt with, in order.
    func tellEnds() {
        for process in ended { children[process].map(tellEnd) }
    }

    func acknowledge(_ process: ProcessID) {
        guard let child = children[process], child.hasEnded else { return }
        children[process] = nil
        ended.removeAll { $0 == process }
        files.remove(process)
    }

    /// Waits for processes that became the keeper's children and have ended; for SIGCHLD.
    func reapStrays() {
        let known = Set(children.values.filter(\.isRunning).map(\.pid))
        for pid in Strays.children() where pid > 1 && !known.contains(pid) && !isForeign(pid) {
            guard ProcessFacts.state(of: pid) == "Z" else { continue }
            Strays.reap(pid)
        }
    }

    // MARK: Asked for

    func signal(_ process: ProcessID, _ number: Int32, scope: SignalScope) {
        guard let child = children[process] else { return }
        if scope == .tree { claimStrays(of: child) }
        child.signal(number, scope: scope)
    }

    func freeze(_ process: ProcessID, _ frozen: Bool) {
        guard let child = children[process] else { return }
        claimStrays(of: child)
        child.freeze(frozen)
    }

    func killAll() {
        for child in children.values { child.signal(SIGKILL, scope: .tree) }
    }

    /// Makes every such file again after somebody removed them.
    func restoreFiles() {
        for child in children.values { files.save(child) }
        for (name, log) in logs {
            do {
                try log.restoreFiles()
            } catch {
                Log.write("\(name) cannot log until Hale is restarted: \(error)")
            }
        }
        for name in sockets.filter({ !fileExists($0.value.path) }).keys.sorted() {
            sockets[name] = nil
            let credentials = notifying[name].flatMap { children[$0]?.request.credentials }
            _ = try? makeNotifySocket(name).give(to: credentials)
        }
    }

    /// Removes every file that was made for children.
    func removeFiles() {
        for log in logs.values {
            log.drain()
            log.removeFiles()
        }
        for socket in sockets.values { socket.removeFile() }
        for process in children.keys { files.remove(process) }
    }
}

extension Child {
    /// Whether nothing of it is left.
    var hasEnded: Bool {
        switch state {
        case .running, .ending: false
        case .ended: true
        }
    }
}
