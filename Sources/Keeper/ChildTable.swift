internal import Glibc
internal import Platform
internal import Stack
internal import Wire

/// The children: made, watched, ended with everything they started, and kept until the healer knows of their end.
final class ChildTable {
    /// What a server that binds at once takes for that, with room to spare.
    private static let moment = Duration.milliseconds(3)
    /// Between two looks at what an ended child has left.
    private static let longestWait = Duration.milliseconds(100)

    private let reactor: Reactor
    let locations: Locations
    let cgroups: CgroupTree
    private let namespaces = HostsNamespaces()
    let files: ChildFiles
    private let send: (KeeperEvent) -> Void
    let onNotice: (String) -> Void
    let channels: ChildChannels
    var children: [ProcessID: Child] = [:]
    /// Ended children whose end the healer has not dealt with, in the order of their ends.
    private var ended: [ProcessID] = []
    /// Those that a standing order has replaced, which is to be told and noted in a moment.
    private var successions: [(child: Child, successor: Child)] = []
    /// Whether one standing order may be carried out.
    var isOrderAllowed = false
    /// Children of the keeper that are not in this table.
    var isForeign: (Int32) -> Bool = { _ in false }

    init(
        reactor: Reactor, locations: Locations, cgroups: CgroupTree, send: @escaping (KeeperEvent) -> Void,
        onNotice: @escaping (String) -> Void, logTrouble: LogTrouble
    ) throws(SystemError) {
        self.reactor = reactor
        self.locations = locations
        self.cgroups = cgroups
        self.send = send
        self.onNotice = onNotice
        files = ChildFiles(folder: locations.children)
        weak var table: ChildTable?
        channels = try ChildChannels(reactor: reactor, locations: locations, logTrouble: logTrouble) { process, text in
            table?.tell(.notified(process: process, text: text))
        }
        table = self
    }

    var records: [ChildRecord] {
        children.values.map(\.record).sorted { ($0.startTime, $0.pid) < ($1.startTime, $1.pid) }
    }

    var hasRunning: Bool { children.values.contains { !$0.hasEnded } }

    // MARK: Starting

    func spawn(_ request: SpawnRequest) {
        do {
            try refuseSecond(request)
            let child = try make(request, prepare(request))
            child.learnStartTime()
            tell(.spawned(process: request.process, pid: child.pid, startTime: child.startTime))
            lookAfter(child)
        } catch {
            let reason = (error as? SpawnFailure)?.reason ?? "\(error)"
            tell(.spawnFailed(process: request.process, reason: reason))
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

    private func prepare(_ request: SpawnRequest) throws -> PreparedSpawn {
        var environment = request.environment + ["\(Strays.mark)=\(mark(of: request.process))"]
        if request.notify { environment.append("NOTIFY_SOCKET=" + (try channels.notifyPath(for: request))) }
        return PreparedSpawn(request.limited(to: .atStart), environment: environment)
    }

    /// Makes the process and nothing more.
    private func make(_ request: SpawnRequest, _ prepared: PreparedSpawn) throws -> Child {
        let cgroup = request.cgroup.flatMap(cgroups.group(for:))
        if request.notify { channels.listen(to: request.process) }
        let (streams, captured) = try channels.streams(for: request)
        defer { for descriptor in Set([streams.output, streams.error]) { close(descriptor) } }
        let process = try Spawner.spawn(
            prepared, streams: streams, cgroup: cgroup, bonds: Spawner.Bonds(mounts: namespace(for: request)))
        process.notices.forEach(onNotice)
        let child = Child(
            request: request, process: process, isOwn: true, cgroup: process.isInCgroup ? cgroup : nil,
            captured: captured)
        children[request.process] = child
        return child
    }

    /// The mount namespace of a process: that of its instance, or -1 for the keeper's own.
    private func namespace(for request: SpawnRequest) -> Int32 {
        guard let path = request.hosts else { return -1 }
        do throws(SystemError) { return try namespaces.descriptor(for: path, isApart: request.network != nil) } catch {
            onNotice(error.namesNotice)
            return -1
        }
    }

    /// Has services find names again where somebody changed what they are found in.
    func lookAtNames() {
        let living = children.values.filter { !$0.hasEnded }
        let paths = Set(living.compactMap(\.request.hosts))
        let adopted = living.filter { !$0.isOwn }.compactMap { child in
            child.request.hosts.map { HostsNamespaces.Adopted(pid: child.pid, path: $0) }
        }
        namespaces.look(at: adopted) { paths.contains($0) }
    }

    func watch(_ child: Child) throws(SystemError) {
        if child.startTime == 0 { child.learnStartTime() }
        child.registration = try reactor.register(child.pidfd, for: .read) { [weak self, unowned child] _ in
            self?.mainEnded(child)
        }
        guard let deadline = child.request.deadline else { return }
        child.deadline = reactor.schedule(at: Instant.now() + deadline) { [weak child] in
            child?.signal(SIGKILL, scope: .tree)
        }
    }

    // MARK: Ending

    private func mainEnded(_ child: Child) {
        if let registration = child.registration { reactor.remove(registration) }
        child.registration = nil
        if let deadline = child.deadline { reactor.cancel(deadline) }
        // While nobody has waited for the main process, its pid names this process group and no other.
        // That of one which is not this keeper's own may have been given to another by now.
        let leftNothing = child.cgroup?.kill() == true
        if child.isOwn, child.pid > 1 { kill(-child.pid, SIGKILL) }
        let status = child.isOwn ? wait(for: child.pid) : .unknown
        child.state = .ending(status)
        if leftNothing { return finish(child, status) }
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
        Strays.mark(of: process, runtime: locations.runtime)
    }

    /// Finds what the child had started and left: by its session, or by its environment where it began one of its own.
    /// False where somebody cannot be told from others now who may be one of them.
    @discardableResult
    private func claimStrays(of child: Child) -> Bool {
        guard child.cgroup == nil else { return true }
        var isSure = true
        let known = Set(children.values.flatMap { [$0.pid] + $0.strays })
        let mark = mark(of: child.request.process)
        // What an earlier keeper started did not become this one's when its parents ended.
        for pid in child.isOwn ? Strays.children() : ProcessFacts.allPids()
        where pid > 1 && pid != ProcessFacts.own && !known.contains(pid) && !isForeign(pid) {
            if ProcessFacts.session(of: pid) == child.pid || Strays.mark(of: pid) == mark {
                child.strays.insert(pid)
            } else if child.isOwn, Strays.isBetweenPrograms(pid) {
                isSure = false
            }
        }
        return isSure
    }

    /// Waits, in ever longer steps, until nothing of the child's process tree is left.
    func settle(_ child: Child, wait: Duration) {
        guard case .ending(let status) = child.state else { return }
        child.endStrays()
        // Those have left their own children behind.
        let isSure = claimStrays(of: child) || wait >= Self.longestWait
        guard isSure, child.strays.isEmpty, child.cgroup?.processes().isEmpty ?? true else {
            child.cgroup?.kill()
            reactor.schedule(at: Instant.now() + wait) { [weak self, weak child] in
                guard let child else { return }
                self?.settle(child, wait: min(wait * 2, Self.longestWait))
            }
            return
        }
        finish(child, status)
    }

    private func finish(_ child: Child, _ status: ExitStatus) {
        child.captured?.finish()
        channels.drain(child.request.process.instance)
        var record = ExitRecord(
            process: child.request.process, pid: child.pid, status: status, output: child.captured?.bytes ?? [])
        child.state = .ended(record)
        let successor = carryOutOrder(of: child, record)
        record.successor =
            successor.map { ExitRecord.Successor(run: $0.request.process.run, pid: $0.pid) } ?? child.successor
        child.state = .ended(record)
        ended.append(child.request.process)
        guard let successor else {
            askForMemory(child)
            return tellEnd(of: child)
        }
        // Clients wait for it to serve, and it may need the processor for that: all else has time.
        successions.append((child, successor))
        reactor.schedule(at: Instant.now() + Self.moment) { [weak self] in self?.tellSuccessions() }
    }

    /// Notes whether the kernel ended a child for want of memory.
    private func askForMemory(_ child: Child) {
        guard case .ended(var record) = child.state else { return }
        record.outOfMemory = child.cgroup?.takeOutOfMemory() == true && record.status != .code(0)
        child.state = .ended(record)
    }

    // MARK: Telling

    /// Tells something of a child, after all that happened before.
    private func tell(_ event: KeeperEvent) {
        tellSuccessions()
        send(event)
    }

    private func tellSuccessions() {
        let successions = successions
        self.successions = []
        for (child, successor) in successions {
            askForMemory(child)
            tellEnd(of: child)
            lookAfter(successor)
        }
    }

    /// Does for successors what their start left for later, and tells nobody; for a healer to come, which is told of
    /// everything.
    func lookAfterSuccessors() {
        let successions = successions
        self.successions = []
        for (child, successor) in successions {
            askForMemory(child)
            lookAfter(successor)
        }
    }

    /// Starts the child again where that was ordered, is allowed and is what the order is for.
    private func carryOutOrder(of child: Child, _ end: ExitRecord) -> Child? {
        guard isOrderAllowed, let order = child.order, end.status != .code(0) || !order.onlyAfterFailure else {
            return nil
        }
        var request = child.request
        request.process.run = order.next
        do {
            try refuseSecond(request)
            let successor = try make(request, order.successor)
            isOrderAllowed = false
            return successor
        } catch {
            // The healer, which is told of no successor, will try it itself and hear why it cannot be done.
            return nil
        }
    }

    /// Watches a child and notes it down. Should it have ended by now, that is seen at once.
    private func lookAfter(_ child: Child) {
        do {
            try watch(child)
            files.save(child)
        } catch {
            // A process whose end nobody would see must not live.
            Log.write("\(child.request.process) cannot be watched and is ended: \(error)")
            child.signal(SIGKILL, scope: .tree)
            child.state = .ending(child.isOwn ? wait(for: child.pid) : .unknown)
            settle(child, wait: .milliseconds(1))
        }
    }

    private func tellEnd(of child: Child) {
        guard case .ended(let record) = child.state else { return }
        tell(.exited(record))
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

    /// Notes what to do at once should that process end by itself, and makes all ready that can be. One that cannot be made
    /// ready is left to the healer, as any start.
    func order(_ process: ProcessID, next: Int, onlyAfterFailure: Bool) {
        guard let child = children[process], child.isRunning else { return }
        var request = child.request
        request.process.run = next
        child.order = (try? prepare(request)).map {
            StandingOrder(next: next, onlyAfterFailure: onlyAfterFailure, successor: $0)
        }
    }

    /// Forgets it.
    func revokeOrder(_ process: ProcessID) {
        children[process]?.order = nil
    }

    /// Forgets every order and the permission for one: there is nobody whose orders they are.
    func dropOrders() {
        isOrderAllowed = false
        for child in children.values { child.order = nil }
    }

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
        channels.restoreFiles { [children] in children[$0]?.request.credentials }
    }

    /// Removes every file that was made for children.
    func removeFiles() {
        channels.removeFiles()
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
