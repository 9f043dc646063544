internal import Glibc
internal import Platform
internal import Stack
internal import Wire

/// Takes requests from healer and gateway and tells them what happens.
final class Keeper {
    private static let folderInterval = Duration.seconds(2)

    private let reactor: Reactor
    private let folder: RuntimeFolder
    private let locations: Locations
    private let outbox: Outbox
    private let listeners = ListenerTable()
    private let children: ChildTable
    private let roles: RoleSupervisor
    private let cgroups: CgroupTree
    private var server: FramedListener?
    private var isReapingSoon = false
    private var isEnding = false
    /// Connections that have not said who they are.
    private var strangers: [ObjectIdentifier: FramedConnection] = [:]
    private var pulses: [Role: Pulse] = [:]

    init(reactor: Reactor, locations: Locations, folder: RuntimeFolder, executable: String) throws {
        self.reactor = reactor
        self.folder = folder
        self.locations = locations
        let outbox = Outbox()
        self.outbox = outbox
        // Each service needs half a dozen: its end, its streams, its cgroup, its sockets.
        DescriptorLimit.raise()
        cgroups = CgroupTree { outbox.notice($0) }
        let trouble = LogTrouble(
            reactor: reactor, onBegin: { outbox.notice($0) }, onEnd: { outbox.withdraw($0) })
        children = try ChildTable(
            reactor: reactor, locations: locations, cgroups: cgroups, send: { outbox.send($0, to: .healer) },
            onNotice: { outbox.notice($0) }, logTrouble: trouble)
        roles = RoleSupervisor(reactor: reactor, locations: locations, executable: executable) { role, pid, reason in
            outbox.send(.roleRestarted(role, pid: pid, reason: reason), to: .healer)
        }
    }

    /// Takes over what an earlier keeper left, listens for the roles and starts them.
    func start() throws {
        children.isForeign = { [roles] in roles.owns($0) }
        outbox.onLeave = { [unowned self] role in
            pulses[role] = nil
            if role == .healer { children.dropOrders() }
        }
        try reactor.onSignal(SIGCHLD) { [unowned self] in reapSoon() }
        try reactor.onSignal(SIGHUP) { [unowned self] in roles.signal(.healer, SIGHUP) }
        try reactor.onSignal(SIGTERM) { [unowned self] in leave() }
        try reactor.onSignal(SIGINT) { [unowned self] in leave() }
        children.adopt()
        try listen()
        roles.startAll()
        watchFolder()
        watchRoles()
    }

    private func listen() throws(SystemError) {
        server = try FramedListener(path: locations.keeperSocket, reactor: reactor) { [unowned self] in greet($0) }
    }

    /// Looks from time to time whether the folder of sockets and records is still there.
    private func watchFolder() {
        reactor.schedule(at: Instant.now() + Self.folderInterval) { [unowned self] in
            if !isEnding, folder.isGone || !listeners.missingPaths.isEmpty { restoreFolder() }
            children.lookAtNames()
            watchFolder()
        }
    }

    /// Asks healer and gateway for signs of life, and ends the one that gives none, which has another one started.
    private func watchRoles() {
        reactor.schedule(at: Instant.now() + Pulse.interval) { [unowned self] in
            for role in [Role.gateway, .healer] {
                outbox.send(.heartbeat, to: role)
                guard pulses[role]?.isLost(at: Instant.now()) == true else { continue }
                pulses[role] = nil
                roles.endHung(role)
            }
            watchRoles()
        }
    }

    /// Makes again what somebody removed: without it nobody could reach Hale, nor find what it runs.
    private func restoreFolder() {
        do throws(SystemError) {
            server?.close()
            try folder.restore()
            try listen()
            children.restoreFiles()
            roles.restoreFiles()
            for key in try listeners.reopenPaths() { announce(key, to: .healer) }
            outbox.notice("\(locations.runtime) was removed while Hale ran, and was made again")
        } catch {
            Log.write("\(locations.runtime) was removed and cannot be made again: \(error)")
        }
    }

    /// Waits for orphans a little later, and once for many: whoever was killed just now is to be started again first.
    private func reapSoon() {
        guard !isReapingSoon else { return }
        isReapingSoon = true
        reactor.schedule(at: Instant.now() + .milliseconds(20)) { [unowned self] in
            isReapingSoon = false
            children.reapStrays()
        }
    }

    // MARK: Who is calling

    private func greet(_ connection: FramedConnection) {
        let key = ObjectIdentifier(connection)
        strangers[key] = connection
        connection.onClose = { [unowned self] in strangers[key] = nil }
        connection.onFrame = { [unowned self] frame, descriptor in
            if let descriptor { close(descriptor) }
            guard case .hello(let role)? = KeeperRequest(decoding: frame) else {
                strangers[key]?.close()
                strangers[key] = nil
                return
            }
            strangers[key] = nil
            welcome(role, connection)
        }
    }

    /// A gateway of the keeper that was hands over the sockets it still has, so that no client is refused in between.
    private func inherit(_ connection: FramedConnection) {
        let key = ObjectIdentifier(connection)
        strangers[key] = connection
        connection.onFrame = { [unowned self] frame, descriptor in
            guard let descriptor else { return }
            guard case .listen(let request)? = KeeperRequest(decoding: frame),
                listeners.inherit(request, descriptor: descriptor)
            else {
                close(descriptor)
                return
            }
            for role in [request.owner, .healer] { announce(request.key, to: role) }
        }
    }

    private func welcome(_ role: Role, _ connection: FramedConnection) {
        guard role != .keeper else { return inherit(connection) }
        outbox.connect(role, connection)
        pulses[role] = Pulse(at: Instant.now())
        connection.onFrame = { [unowned self] frame, descriptor in
            if let descriptor { close(descriptor) }
            guard let request = KeeperRequest(decoding: frame) else {
                Log.write("the \(role) sent something that is no request")
                return
            }
            handle(request, from: role)
        }
        switch role {
        case .healer: welcomeHealer()
        case .gateway, .keeper: break
        }
        for key in listeners.keys { announce(key, to: role) }
        outbox.send(.heartbeat, to: role)
    }

    private func welcomeHealer() {
        // What an earlier healer was certain of, this one may see otherwise.
        children.dropOrders()
        children.lookAfterSuccessors()
        outbox.send(.welcome(children: children.records, listeners: listeners.keys), to: .healer)
        outbox.repeatNotices()
        children.tellEnds()
        // The healer's own comes last: by it a healer knows that it has heard everything.
        for role in [Role.gateway, .healer] {
            if let pid = roles.pid(of: role) {
                // A new healer could not yet be told why it was needed.
                let reason = role == .healer ? roles.reason(of: role) : "running"
                outbox.send(.roleRestarted(role, pid: pid, reason: reason), to: .healer)
            }
        }
    }

    // MARK: What is asked

    private func handle(_ request: KeeperRequest, from role: Role) {
        switch request {
        case .hello: break
        case .heartbeat: pulses[role]?.beat(at: Instant.now())
        case .spawn(let spawn): children.spawn(spawn)
        case .signal(let process, let signal, let scope): children.signal(process, signal, scope: scope)
        case .freeze(let process, let frozen): children.freeze(process, frozen)
        case .acknowledgeExit(let process): children.acknowledge(process)
        case .standingOrder(let process, let next, let onlyAfterFailure):
            children.order(process, next: next, onlyAfterFailure: onlyAfterFailure)
        case .revokeStandingOrder(let process): children.revokeOrder(process)
        case .allowStandingOrder(let allowed): allowStandingOrder(allowed)
        case .listen(let request): listen(request)
        case .closeListener(let key):
            if let owner = listeners.close(key) { outbox.send(.listenerClosed(key: key), to: owner) }
        case .shutDown(let killChildren): shutDown(killChildren: killChildren)
        }
    }

    private func allowStandingOrder(_ allowed: Bool) {
        children.isOrderAllowed = allowed
        if !allowed { outbox.send(.standingOrdersWithdrawn, to: .healer) }
    }

    private func listen(_ request: ListenRequest) {
        do {
            _ = try listeners.open(request)
            announce(request.key, to: request.owner)
            if request.owner != .healer { announce(request.key, to: .healer) }
        } catch {
            outbox.send(.listenFailed(key: request.key, reason: error.reason), to: .healer)
        }
    }

    /// Tells a role of a socket: its owner with the socket itself, the healer of everybody's, others of none.
    private func announce(_ key: String, to role: Role) {
        guard let socket = listeners.socket(key), role == .healer || role == socket.owner else { return }
        outbox.send(
            .listening(key: key, port: socket.port), to: role,
            descriptor: role == socket.owner ? socket.descriptor : nil)
    }

    // MARK: The end

    /// Ends the roles and the keeper; the services live on, for a keeper to come.
    private func leave() {
        isEnding = true
        roles.stopAll { [unowned self] in
            server?.close()
            reactor.stop()
        }
    }

    /// Ends everything and removes what was made for it.
    private func shutDown(killChildren: Bool) {
        isEnding = true
        if killChildren { children.killAll() }
        roles.stopAll { [unowned self] in awaitChildren(until: killChildren) }
    }

    private func awaitChildren(until gone: Bool) {
        guard !gone || !children.hasRunning else {
            children.killAll()
            reactor.schedule(at: Instant.now() + .milliseconds(10)) { [unowned self] in awaitChildren(until: gone) }
            return
        }
        listeners.closeAll()
        server?.close()
        if gone {
            children.removeFiles()
            cgroups.removeAll()
            removeTree(locations.runtime)
        }
        reactor.stop()
    }
}

extension SpawnRequest {
    /// The same, with that limit of descriptors where it asks for none of its own.
    func limited(to descriptors: DescriptorLimit) -> SpawnRequest {
        guard !limits.contains(where: { $0.resource == DescriptorLimit.resource }) else { return self }
        var request = self
        request.limits.append(
            RawLimit(resource: DescriptorLimit.resource, soft: descriptors.soft, hard: descriptors.hard))
        return request
    }
}
