public import KeeperLink
public import Platform
public import Stack
public import Wire

/// Runs instances as plain processes of the keeper's, each at a loopback address of its own.
public final class ProcessRuntime: Runtime {
    private let keeper: KeeperClient
    private let locations: Locations
    private let later: (@escaping () -> Void) -> Void
    private let onEvent: (RuntimeEvent) -> Void
    private var stack: Stack
    private var callers: [String: String]
    private var nextCommand: Int
    /// How each instance was last started and by which version of its service, which holds until the stack changes: a
    /// repair should not wait for it.
    private var requests: [InstanceID: (service: Service, request: SpawnRequest)] = [:]
    /// How the present process of each instance was started, as far as this healer did it.
    private var launched: [InstanceID: SpawnRequest] = [:]
    /// Commands under way, by the number the keeper knows them by.
    private var commands: [Int: ProcessID] = [:]
    /// Who has which address; the healer keeps it on disk.
    public var addresses: AddressBook
    /// Where instances find each other by name; nil where this user may not give them that.
    private var hosts: HostsFiles?

    /// A runtime that asks `keeper` for every process. `firstCommand` must be larger than any number used before, as
    /// the keeper may still have a command of an earlier healer. `later` runs its argument soon, on the same thread.
    public init(
        keeper: KeeperClient, locations: Locations, stack: Stack, addresses: AddressBook, firstCommand: Int,
        later: @escaping (@escaping () -> Void) -> Void, onEvent: @escaping (RuntimeEvent) -> Void
    ) {
        self.keeper = keeper
        self.locations = locations
        self.stack = stack
        var addresses = addresses
        hosts = HostsFiles.isAllowed ? HostsFiles(stack: stack, locations: locations, addresses: &addresses) : nil
        self.addresses = addresses
        self.later = later
        self.onEvent = onEvent
        callers = [:]
        nextCommand = firstCommand
    }

    /// Takes over a changed stack and the environment `hale up` was called in; what runs is not touched.
    public func configure(_ stack: Stack, callers: [String: String]) {
        self.stack = stack
        self.callers = callers
        requests = [:]
        hosts?.configure(stack, addresses: &addresses)
    }

    /// Follows what others did to the files in which instances find names; to be called from time to time.
    public func lookAtNames() {
        hosts?.look(addresses: &addresses)
    }

    /// Sees to it that the instance finds the others by name. That it does not is no reason not to start it.
    private func prepareNames(for instance: InstanceID, of service: Service) {
        do throws(SystemError) {
            try hosts?.prepare(instance, of: service, addresses: &addresses)
        } catch {
            onEvent(.notice("services may not find each other by name: \(error)"))
        }
    }

    private var planner: LaunchPlanner {
        LaunchPlanner(stack: stack, locations: locations, callers: callers)
    }

    /// Makes the process at the keeper's.
    public func start(_ instance: InstanceID, of service: Service, run: Int) {
        do {
            let known = requests[instance].flatMap { $0.service == service ? $0.request : nil }
            var request = try known ?? planner.request(for: instance, of: service, addresses: &addresses)
            try VolumeLease.check(service, for: instance, in: locations)
            try planner.prepare(instance, of: service, owner: request.credentials)
            prepareNames(for: instance, of: service)
            request.process.run = run
            requests[instance] = (service, request)
            launched[instance] = request
            keeper.send(.spawn(request))
        } catch {
            onEvent(.startFailed(instance, run: run, reason: "\(error)"))
        }
    }

    /// Has the keeper start it again by itself, where it would be started just like the last time.
    public func order(_ instance: InstanceID, run: Int, next: Int, onlyAfterFailure: Bool) {
        guard let request = requests[instance]?.request, request == launched[instance], request.process.run == run
        else {
            return
        }
        keeper.send(
            .standingOrder(
                process: ProcessID(.service, instance, run: run), next: next, onlyAfterFailure: onlyAfterFailure))
    }

    /// Takes that back.
    public func revokeOrder(_ instance: InstanceID, run: Int) {
        keeper.send(.revokeStandingOrder(process: ProcessID(.service, instance, run: run)))
    }

    /// Whether the keeper may start one by itself.
    public func allowOrder(_ allowed: Bool) {
        keeper.send(.allowStandingOrder(allowed))
    }

    private func succeed(_ instance: InstanceID, _ successor: ExitRecord.Successor) {
        requests[instance]?.request.process.run = successor.run
        launched[instance]?.process.run = successor.run
    }

    /// Signals the process group.
    public func signal(_ instance: InstanceID, run: Int, _ signal: Int32) {
        keeper.send(.signal(process: ProcessID(.service, instance, run: run), signal: signal, scope: .group))
    }

    /// Ends the whole process tree.
    public func kill(_ instance: InstanceID, run: Int) {
        keeper.send(.signal(process: ProcessID(.service, instance, run: run), signal: 9, scope: .tree))
    }

    /// Freezes or thaws the whole process tree.
    public func freeze(_ instance: InstanceID, run: Int, _ frozen: Bool) {
        keeper.send(.freeze(process: ProcessID(.service, instance, run: run), frozen: frozen))
    }

    /// Runs a command with the service's user and variables.
    public func execute(_ command: SideCommand, beside instance: InstanceID, of service: Service) -> Int {
        nextCommand += 1
        let number = nextCommand
        let process = ProcessID(.probe, instance, run: number)
        commands[number] = process
        do {
            let request = try planner.request(
                beside: instance, of: service, as: process, command: command, addresses: &addresses)
            keeper.send(.spawn(request))
        } catch {
            // Not before the caller knows the number.
            let reason = "\(error)"
            later { [weak self] in self?.end(process, .failed(reason)) }
        }
        return number
    }

    /// Ends the command and forgets it.
    public func abandon(command: Int) {
        guard let process = commands.removeValue(forKey: command) else { return }
        keeper.send(.signal(process: process, signal: 9, scope: .tree))
    }

    /// Its loopback address.
    public func address(of instance: InstanceID) -> String {
        addresses.address(of: instance.service, number: instance.number)
    }

    /// Takes what the keeper says of a process; anything else is not this runtime's business.
    public func receive(_ event: KeeperEvent) {
        switch event {
        case .spawned(let process, let pid, _):
            guard process.kind == .service else { return }
            onEvent(.started(process.instance, run: process.run, pid: pid))
        case .spawnFailed(let process, let reason):
            guard process.kind == .service else { return end(process, .failed(reason)) }
            onEvent(.startFailed(process.instance, run: process.run, reason: reason))
        case .exited(let record):
            let process = record.process
            if process.kind == .service {
                if let successor = record.successor {
                    succeed(process.instance, successor)
                } else {
                    hosts?.remove(process.instance)
                }
                onEvent(.exited(process.instance, run: process.run, status: exit(record)))
            } else {
                end(process, result(record.status, record.output))
            }
            keeper.send(.acknowledgeExit(process: process))
        case .standingOrdersWithdrawn:
            onEvent(.ordersWithdrawn)
        case .notified(let process, let text):
            onEvent(.notified(process.instance, run: process.run, text: text))
        case .notice(let text):
            onEvent(.notice(text))
        case .welcome, .listening, .listenFailed, .listenerClosed, .roleRestarted, .noticeEnded, .heartbeat:
            return
        }
    }

    private func end(_ process: ProcessID, _ result: CommandResult) {
        // A command that was abandoned, or belongs to an earlier healer, has nobody who waits for it.
        guard commands.removeValue(forKey: process.run) != nil else { return }
        onEvent(.commandEnded(process.run, result))
    }

    private func exit(_ record: ExitRecord) -> RuntimeExit {
        var exit = RuntimeExit(
            code: nil, signal: nil, outOfMemory: record.outOfMemory,
            successor: record.successor.map { ($0.run, $0.pid) })
        switch record.status {
        case .code(let code): exit.code = code
        case .signal(let signal): exit.signal = signal
        case .unknown: break
        }
        return exit
    }

    private func result(_ status: ExitStatus, _ output: [UInt8]) -> CommandResult {
        let text = String(decoding: output, as: UTF8.self)
        switch status {
        case .code(let code): return .ended(code: code, output: text)
        case .signal(let signal): return .signalled(signal, output: text)
        case .unknown: return .failed("nobody could wait for it")
        }
    }
}
