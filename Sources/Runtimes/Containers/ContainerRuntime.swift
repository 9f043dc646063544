public import Engines
internal import Glibc
public import Platform
public import Stack
internal import Synchronization

/// Runs instances as containers of an engine: Docker's, or Podman by the same API.
///
/// The engine is asked on other threads, and what it says comes back to the healer's. While it is not there nothing is lost:
/// what was to be started or signalled waits for it, and when it is back all that has happened meanwhile is told in the order of
/// dependencies.
public final class ContainerRuntime: Runtime {
    /// The numbers of commands begin here, far above those of processes.
    static let firstCommand = 1 << 40

    /// A container and what is known of it.
    struct Member {
        var container: String
        var run: Int
        var pid: Int32
        /// In nanoseconds since 1970, by the engine's clock.
        var startedAt: Int64
        var address: String
        var isRunning: Bool
        var isPaused: Bool
        /// Ports of the host that the engine itself leads to it.
        var publishes: Bool
        /// What it was last found to be made from; nil where nobody has compared.
        var mark: String?
        /// Its file of names on the engine's machine.
        var hostsPath: String?
    }

    /// A start that is under way, or waits for the engine.
    struct Launch {
        var run: Int
        var service: Service
        var isPostponed = false
    }

    let link: EngineLink
    let project: String
    let reactor: Reactor
    let credentials: RegistryCredentials
    let logFolder: String
    let onEvent: (RuntimeEvent) -> Void
    var stack: Stack
    /// What must outlive this healer.
    public internal(set) var book: ContainerBook
    var members: [InstanceID: Member] = [:]
    var owners: [String: InstanceID] = [:]
    var launches: [InstanceID: Launch] = [:]
    var signs = ContainerSigns()
    /// Whether the engine was gone before its containers were known.
    var wasLostBeforeKnown = false
    /// How often it is being worked out what has changed, and what happens meanwhile.
    var reconciliations = 0
    var early: [ContainerEvent] = []
    var commands: [Int: RunningCommand] = [:]
    var postponedCommands: Set<Int> = []
    var nextCommand = ContainerRuntime.firstCommand
    private var waiting: [() -> Void] = []
    /// Whether the project's containers are known.
    public private(set) var isKnown = false
    /// Where the gateway stands for services.
    var names: VirtualAddressPlan
    /// Whether names lead straight to containers until the stack is applied anew: the gateway was not reached.
    var hasGivenUpNames = false
    /// Whether this machine can have the gateway in the engine's networks.
    var mayHaveNames = true

    /// A runtime of the engine at `endpoint`, which is asked for at once. `book` is what an earlier healer kept; what containers
    /// write last before they end goes into files below the folder `logs`; registries are shown the logins that `environment` leads to.
    public init(
        endpoint: EngineEndpoint, environment: [String: String], stack: Stack, book: ContainerBook, logs: String,
        reactor: Reactor,
        onEvent: @escaping (RuntimeEvent) -> Void
    ) {
        self.stack = stack
        self.book = book
        names = VirtualAddressPlan(stack, networks: [], former: [])
        self.reactor = reactor
        logFolder = logs
        credentials = RegistryCredentials(environment)
        self.onEvent = onEvent
        project = stack.name
        link = EngineLink(
            EngineClient(endpoint), labels: [ComposeLabels.of(project: stack.name)], mailbox: reactor.mailbox)
        link.follow(since: book.lastEvent) { [weak self] in self?.take($0) }
    }

    deinit { link.end() }

    /// The engine's address, as people write it.
    public var address: String { link.address }

    /// Whether the engine is on this machine, so that its processes and networks are this machine's.
    public var isLocal: Bool { link.isLocal }

    /// Takes over a changed stack; what runs is not touched.
    public func configure(_ stack: Stack) {
        self.stack = stack
        hasGivenUpNames = false
    }

    /// The stack with what its images say and its file does not.
    public func adorn(_ stack: Stack, then: @escaping (Result<Stack, any Error>) -> Void) {
        let credentials = credentials
        link.perform("images") { session in
            try ImageStore(session, credentials: credentials).adorned(stack)
        } then: {
            then($0)
        }
    }

    /// Has `body` called once the project's containers are known.
    public func whenKnown(_ body: @escaping () -> Void) {
        if isKnown { body() } else { waiting.append(body) }
    }

    func becomeKnown() {
        isKnown = true
        let ready = waiting
        waiting = []
        for body in ready { body() }
    }

    // MARK: Starting

    /// Has its container run: the one there is where that will do, otherwise a new one.
    public func start(_ instance: InstanceID, of service: Service, run: Int) {
        launches[instance] = Launch(run: run, service: service)
        guard let request = request(for: instance, of: service) else {
            return fail(instance, run: run, "nothing is known of its container; run 'hale up' again")
        }
        let launcher = ContainerLauncher(
            belongings: stack.containers ?? ContainerProject(), engineFolder: link.engineFolder,
            credentials: credentials)
        // Those whose namespaces it shares may have other containers by now.
        let isKnown = request.companions.isEmpty && members[instance]?.mark == request.specification.mark
        let last = members[instance].map {
            LastContainer(id: $0.container, isAsWanted: isKnown, hostsPath: $0.hostsPath)
        }
        link.perform(instance.description) { session in
            try launcher.launch(request, last: last, session)
        } then: { [weak self] in
            self?.launched(instance, run: run, $0)
        }
    }

    /// What the engine is asked for where the instance needs a container; by its present service unless said.
    func request(for instance: InstanceID, of service: Service? = nil) -> ContainerRequest? {
        guard let service = service ?? stack.services[instance.service], let specification = service.launch.container
        else {
            return nil
        }
        return ContainerRequest(
            instance: instance, service: service, stack: stack, specification: specification,
            companions: companions(of: specification), hosts: names.hosts(of: service),
            memory: raisedMemory(of: instance))
    }

    /// The containers of the services that a container shares something with.
    private func companions(of specification: ContainerSpecification) -> [String: String] {
        let shares = specification.shares
        let services = shares.namespaces.union(shares.mounts.filter { !$0.isContainer }.map(\.source))
        return services.reduce(into: [:]) { containers, service in
            let candidates = members.filter { $0.key.service == service }.sorted { $0.key < $1.key }
            containers[service] = candidates.first?.value.container
        }
    }

    private func launched(_ instance: InstanceID, run: Int, _ result: Result<ContainerDetails, any Error>) {
        guard let launch = launches[instance], launch.run == run else { return }
        defer { if launches.isEmpty { signs.forgetEarlyEnds() } }
        switch result {
        case .success(let launched):
            launches[instance] = nil
            began(instance, run: run, launched, launch.service.launch.container?.mark)
        case .failure(let error as EngineError) where error.isAbsence || error == .timedOut:
            postpone(instance, error)
        case .failure(let error): fail(instance, run: run, "\(error)")
        }
    }

    func fail(_ instance: InstanceID, run: Int, _ reason: String) {
        launches[instance] = nil
        onEvent(.startFailed(instance, run: run, reason: reason))
    }

    /// That the engine is not there is no fault of the service's, which is started once it is.
    private func postpone(_ instance: InstanceID, _ error: EngineError) {
        launches[instance]?.isPostponed = true
        guard error == .timedOut else { return }
        reactor.schedule(at: Instant.now() + .seconds(1)) { [weak self] in
            if self?.link.session != nil { self?.startPostponed(instance) }
        }
    }

    func startPostponed(_ instance: InstanceID) {
        guard let launch = launches[instance], launch.isPostponed else { return }
        start(instance, of: launch.service, run: launch.run)
    }

    /// Tells of a container that has started, and of its end where that came at once.
    private func began(_ instance: InstanceID, run: Int, _ details: ContainerDetails, _ mark: String?) {
        let member = remember(instance, run: run, details, mark: mark)
        onEvent(.started(instance, run: run, pid: member.pid))
        if !member.isRunning {
            ended(instance, code: details.State.ExitCode, outOfMemory: details.State.OOMKilled == true)
        } else if let early = signs.takeEarlyEnd(of: details.Id, since: member.startedAt) {
            ended(instance, code: early.exitCode, outOfMemory: false)
        }
    }

    @discardableResult
    func remember(_ instance: InstanceID, run: Int, _ details: ContainerDetails, mark: String? = nil) -> Member {
        if let former = members[instance]?.container { owners[former] = nil }
        var member = Member(details, run: run, networks: stack.services[instance.service]?.launch.container?.networks)
        member.mark = mark
        members[instance] = member
        owners[details.Id] = instance
        signs.forget(details.Id)
        book.pages[instance.description] = ContainerBook.Page(
            container: details.Id, run: run, pid: member.pid, startedAt: member.startedAt)
        return member
    }

    // MARK: Orders

    /// The engine's own restarts are switched off, so there is nobody to give one to.
    public func order(_ instance: InstanceID, run: Int, next: Int, onlyAfterFailure: Bool) {}

    /// There is none.
    public func revokeOrder(_ instance: InstanceID, run: Int) {}

    /// There are none to withdraw.
    public func allowOrder(_ allowed: Bool) {
        if !allowed { onEvent(.ordersWithdrawn) }
    }

    // MARK: Addresses

    /// Whose address that is; nil where it is nobody's.
    public func instance(at address: String) -> InstanceID? {
        members.filter { $0.value.address == address && !address.isEmpty }.keys.min()
    }

    /// The services of which the engine itself leads ports of the host to a container, as it does until Hale has made it.
    public var servicesWithEnginePorts: Set<String> {
        Set(members.filter { $0.value.publishes && $0.value.isRunning }.keys.map(\.service))
    }

    /// The container's address; empty where it has none.
    public func address(of instance: InstanceID) -> String {
        guard let member = members[instance] else { return "" }
        if let shared = stack.services[instance.service]?.launch.container?.shares.network {
            let candidates = members.keys.filter { $0.service == shared }.sorted()
            return candidates.first.map { address(of: $0) } ?? ""
        }
        return member.address
    }
}

extension ContainerRuntime.Member {
    init(_ details: ContainerDetails, run: Int, networks: [ContainerAttachment]?) {
        container = details.Id
        self.run = run
        pid = details.State.Pid ?? 0
        startedAt = details.startedAt
        isRunning = ["running", "paused"].contains(details.State.Status)
        isPaused = details.State.Status == "paused"
        hostsPath = details.HostsPath
        publishes = details.HostConfig?.publishesPorts ?? false
        address =
            details.HostConfig?.NetworkMode == "host"
            ? ContainerAddress.host
            : ContainerAddress.first(in: details.NetworkSettings?.Networks ?? [:], networks ?? [])
    }
}

extension ContainerDetails {
    /// When it was started last, in nanoseconds since 1970; 0 where it never was.
    var startedAt: Int64 { State.StartedAt.flatMap { CalendarTime($0) }?.nanoseconds ?? 0 }
}

extension ContainerDetails.HostDetails {
    /// Whether the engine leads TCP ports of the host to it.
    var publishesPorts: Bool {
        (PortBindings ?? [:]).contains { $0.key.hasSuffix("/tcp") && !($0.value ?? []).isEmpty }
    }
}
