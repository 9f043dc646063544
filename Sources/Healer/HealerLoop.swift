internal import Control
internal import Healing
internal import Journal
internal import KeeperLink
internal import Platform
internal import Probing
internal import Runtimes
internal import Stack
internal import Wire

/// Joins the engine to the world: everything that happens becomes an event, every effect is carried out, and what
/// came of it becomes an event again. One thread owns all of it.
final class HealerLoop {
    private static let beginningLimit = Duration.milliseconds(200)
    private static let namesInterval = Duration.seconds(2)

    let locations: Locations
    let reactor: Reactor
    let keeper: KeeperClient
    let files: StateFiles
    let journal: Journal
    let published: PublishedStatus
    var engine: Engine
    /// What runs now, or is to run; nil until a first `apply`.
    var configuration: ApplyRequest?
    private(set) var runtime: ProcessRuntime
    /// Where each instance runs: as a process or in a container engine.
    let instances: MixedRuntime
    let probes: ProbeRunner
    /// Networks of a container engine from which the gateway was reached, or is being asked for.
    var networksThatReachGateway: Set<String> = []
    private var hooks: HookRunner
    let gateway: GatewayLink
    var breakers = BreakerBook()
    var calls = CallBook()
    /// Whether it is looked again before long at which calls were lately.
    var isFollowingCalls = false
    let sockets: ControlSockets
    let listeners: Listeners
    private var timer: TimerToken?
    var builder: StatusBuilder
    private var incidents: IncidentRecords
    var notices = Notices()
    /// What the listening sockets' problems were when they were last shown.
    var shownProblems: [String] = []
    var savedAddresses: AddressBook
    var savedContainers: ContainerBook
    /// Services of which the container engine had published ports when it was last looked.
    var publishedByEngine: Set<String> = []
    /// Whether a configuration is in force: before that, nothing is asked of the engine.
    private(set) var isInForce = false
    var savedWishes: OperatorWishes
    private let savedRecords: InstanceRecords
    let records: RecordKeeper
    let flags: FlagKeeper
    let alerts: AlertKeeper
    private let outside: OutsideServers
    var networks: NetworkNamespaces
    private var isBeginning = false
    /// Runs whose clients are to end their connections.
    var draining: [InstanceID: Int] = [:]
    var gatewayPid: Int32?
    /// Called once every instance has stopped after `down`.
    var onAllStopped: (() -> Void)?

    init(
        locations: Locations, reactor: Reactor, keeper: KeeperClient, server: ControlServer, journal: Journal,
        published: PublishedStatus, publishedFlags: PublishedFlags, publishedAlerts: PublishedAlerts
    ) throws {
        self.locations = locations
        self.reactor = reactor
        self.keeper = keeper
        self.journal = journal
        self.published = published
        files = StateFiles(locations: locations, writer: StateWriter())
        configuration = files.configuration()
        let stack = configuration?.stack ?? Stack(name: locations.project, directory: "/", services: [])
        let now = Instant.now()
        engine = Engine(seed: UInt64(bitPattern: now.nanoseconds))
        savedAddresses = files.addresses()
        savedContainers = files.containers()
        savedWishes = files.wishes()
        savedRecords = files.records()
        records = RecordKeeper(reactor: reactor, files: files, saved: savedRecords)
        builder = StatusBuilder(calendarOffset: Calendar.offset())
        incidents = IncidentRecords(journal: journal, logFolder: locations.logs)
        weak var loop: HealerLoop?
        flags = FlagKeeper(reactor: reactor, files: files, published: publishedFlags) { loop?.write($0) }
        alerts = AlertKeeper(
            reactor: reactor, files: files, published: publishedAlerts,
            journal: AlertJournal(
                write: { loop?.write($0) },
                warn: {
                    loop?.warn($0)
                    loop?.publish()
                },
                mend: { story, prefix in loop?.mend(story) { $0.hasPrefix(prefix) } }))
        outside = OutsideServers(reactor: reactor) { loop?.updateOutsideRoutes() }
        runtime = ProcessRuntime(
            keeper: keeper, locations: locations, stack: stack, addresses: savedAddresses,
            firstCommand: Int(now.nanoseconds / 1_000_000),
            later: { action in _ = reactor.schedule(at: Instant.now(), action) },
            onEvent: { loop?.receive($0) })
        instances = MixedRuntime(processes: runtime) { loop?.receive($0) }
        probes = ProbeRunner(prober: try Prober(reactor: reactor), runtime: instances) { instance, run, result in
            loop?.feed(.probed(instance, run: run, result))
        }
        hooks = HookRunner(runtime: instances) { instance, run, phase, failure in
            loop?.feed(.hooksFinished(instance, run: run, phase, failure: failure))
        }
        gateway = GatewayLink(reactor: reactor, path: locations.gatewaySocket) { loop?.receive($0) }
        networks = NetworkNamespaces(locations)
        sockets = ControlSockets(keeper: keeper, server: server, locations: locations)
        var addresses = savedAddresses
        listeners = Listeners(
            keeper: keeper, reactor: reactor,
            plan: ListenerPlan(stack: stack, addresses: &addresses, hostAddresses: []))
        runtime.configure(networks.found(stack), callers: configuration?.source.environment ?? [:])
        records.engine = { loop?.engine }
        flags.engine = { loop?.engine }
        flags.time = { loop?.builder.time($0) ?? "" }
        alerts.engine = { loop?.engine }
        alerts.time = { loop?.builder.time($0) ?? "" }
        loop = self
    }

    /// What the keeper has: processes to adopt, sockets that listen. Then the last good configuration is in force again.
    func welcome(children: [ChildRecord], listening keys: [String]) {
        listeners.found(keys)
        sockets.openUnix()
        sockets.openTCP(configuration?.stack.statusAddress)
        gateway.connect()
        engine.restore(wills: savedWishes.services)
        engine.restore(pause: savedWishes.pause)
        engine.restore(memory: savedRecords.ended)
        engine.restore(histories: savedRecords.restarts)
        engine.restore(updates: savedRecords.updates ?? [:])
        restoreIncidents()
        let services = children.filter { $0.process.kind == .service }
        let adopted = services.count == 1 ? "1 process" : "\(services.count) processes"
        write(Entry(.healerStarted, text: "healer started as pid \(ProcessFacts.own), adopted \(adopted)"))
        let processes = services.map { ($0.process.instance, Adoption.process(of: $0)) }
        networks.adopt(processes.map { ($0.service, $1.launch) })
        for (instance, process) in processes { feed(.adopted(instance, process)) }
        isBeginning = true
        reactor.schedule(at: Instant.now() + Self.beginningLimit) { [weak self] in self?.begin() }
        watchNames()
    }

    /// Goes on with the incidents that were open. The journal is written by a thread of its own: what it may not have of the last
    /// moments is with the alerts, and what ended meanwhile by its word is over.
    private func restoreIncidents() {
        let offset = Calendar.offset()
        let (open, next) = incidents.restore(offset: offset)
        let known = Set(open.map(\.id))
        var all = open
        for incident in alerts.openIncidents where !known.contains(incident.id) {
            guard let record = journal.incident(incident.id), record.state != .open else {
                all.append(incident)
                continue
            }
            alerts.note(Incident(record, offset: offset))
        }
        engine.restore(incidents: all, nextIncident: next)
    }

    /// Has services find each other by name also after somebody changed what that needs.
    private func watchNames() {
        reactor.schedule(at: Instant.now() + Self.namesInterval) { [weak self] in
            self?.runtime.lookAtNames()
            self?.lookAtNetworks()
            self?.watchNames()
        }
    }

    /// Puts the last good configuration in force again, once the keeper has told of everything that ended while there
    /// was no healer: those ends are to be judged, not to be taken for services that were never started.
    private func begin() {
        guard isBeginning else { return }
        isBeginning = false
        if let configuration { apply(configuration) } else { publish() }
    }

    /// Makes the stack be as given; the engine works out the difference. `then` is called once that has begun.
    func apply(_ request: ApplyRequest, then: @escaping () -> Void = {}) {
        configuration = request
        networksThatReachGateway = []
        journal.configure(request.stack.journal)
        guard let containers = containers(for: request) else {
            putInForce(request)
            return then()
        }
        // What runs there has to be known before it is said what should.
        containers.whenKnown { [weak self] in
            guard let self, configuration == request else { return then() }
            containers.prepareNetworks { [weak self] obstacle in
                guard let self, configuration == request else { return then() }
                noteDirectNames(obstacle)
                putInForce(request)
                then()
            }
        }
        publish()
    }

    private func putInForce(_ request: ApplyRequest) {
        isInForce = true
        publishedByEngine = instances.containers?.servicesWithEnginePorts ?? []
        let stack = place(request.stack)
        runtime.configure(stack, callers: request.source.environment)
        listen(for: stack)
        sockets.openTCP(stack.statusAddress, networks: stack.sharedNetworks)
        flags.configure(stack.flags)
        alerts.configure(stack)
        outside.configure(stack)
        feed(.configured(stack))
        updateRoutes()
        publishCalls()
        for report in engine.report() { tryNames(from: report.id, pid: report.pid ?? 0) }
    }

    /// Has the sockets listen that the stack needs.
    func listen(for stack: Stack) {
        listeners.apply(
            ListenerPlan(
                stack: stack, addresses: &runtime.addresses, hostAddresses: interfaceAddresses(),
                publishedByEngine: publishedByEngine, virtual: instances.containers?.virtualAddresses ?? []))
    }

    /// Tells the engine what happened and does what it decides.
    func feed(_ event: Event) {
        let effects = engine.handle(event, at: Instant.now())
        // What a client waits for comes before what is written down about it.
        for effect in effects where !effect.isRecord { carryOut(effect) }
        for effect in effects where effect.isRecord { carryOut(effect) }
        if !isBeginning {
            flags.judge(engine)
            alerts.judge(engine)
        }
        arm()
        publish()
    }

    private func carryOut(_ effect: Effect) {
        switch effect {
        case .start(let instance, let run):
            guard let service = engine.specification(of: instance) else { return }
            instances.start(instance, of: service, run: run)
        case .standingOrder(let instance, let run, let next, let onlyAfterFailure):
            instances.order(instance, run: run, next: next, onlyAfterFailure: onlyAfterFailure)
        case .revokeStandingOrder(let instance, let run): instances.revokeOrder(instance, run: run)
        case .allowStandingOrder(let allowed): instances.allowOrder(allowed)
        case .drain(let instance, let run): drain(instance, run: run)
        case .signal(let instance, let run, let signal): instances.signal(instance, run: run, signal)
        case .kill(let instance, let run): instances.kill(instance, run: run)
        case .freeze(let instance, let run): instances.freeze(instance, run: run, true)
        case .thaw(let instance, let run): instances.freeze(instance, run: run, false)
        case .probe(let instance, let run, let timeout):
            guard let service = engine.specification(of: instance), let check = service.check else { return }
            probes.start(check.probe, of: service, instance: instance, run: run, timeout: timeout)
        case .cancelProbe(let instance, _): probes.cancel(instance)
        case .runHooks(let instance, let run, let phase):
            guard let service = engine.specification(of: instance) else { return }
            hooks.run(phase, of: service, instance: instance, run: run)
        case .route(let service, _): updateRoutes(of: service)
        case .record(let entry): write(entry)
        case .incident(let incident):
            incidents.keep(incident, offset: Calendar.offset())
            alerts.note(incident)
        case .allStopped: onAllStopped?()
        }
    }

    func updateRoutes() {
        guard let stack = configuration?.stack, isInForce else { return }
        var configuration = listeners.plan.configuration(stack: stack, surroundings)
        configuration.routes += outside.routes
        gateway.send(configuration)
    }

    private var surroundings: ListenerPlan.Surroundings {
        ListenerPlan.Surroundings(
            routing: { self.engine.routing(of: $0) }, run: { self.engine.run(of: $0) },
            address: { self.instances.address(of: $0) }, network: { self.engine.launch(of: $0)?.network })
    }

    private func updateOutsideRoutes() {
        gateway.send(changed: outside.routes)
    }

    func updateRoutes(of service: String) {
        guard let stack = configuration?.stack, isInForce else { return }
        gateway.send(changed: listeners.plan.routes(of: service, stack: stack, surroundings))
    }

    private func arm() {
        if let timer { reactor.cancel(timer) }
        timer = engine.nextDeadline.map { deadline in
            reactor.schedule(at: deadline) { [weak self] in
                self?.timer = nil
                self?.feed(.timePassed)
            }
        }
    }

    // MARK: What the world says

    /// What the gateway's breakers do with calls, which flags go by.
    func receive(_ breakers: [BreakerRecord]) {
        flags.note(breakers, engine)
    }

    func receive(_ event: KeeperEvent, descriptor: Int32?) {
        switch event {
        case .welcome(let children, let keys): welcome(children: children, listening: keys)
        case .listening(let key, let port):
            if !sockets.opened(key, port: port, descriptor: descriptor) { listeners.opened(key, port: port) }
            publish()
        case .listenFailed(let key, let reason):
            if !sockets.failed(key, reason: reason) { listeners.failed(key, reason: reason) }
            publish()
        case .roleRestarted(let role, let pid, let reason):
            if role == .gateway { gatewayPid = pid }
            // The last thing that a keeper tells a new healer is who its roles are.
            if role == .healer { begin() }
            noteRole(role, pid: pid, reason: reason)
            publish()
        case .noticeEnded(let sentence):
            notices.remove { $0 == sentence }
            Log.write("no longer so: \(sentence)")
            publish()
        case .heartbeat: break
        case .spawned, .spawnFailed, .exited, .standingOrdersWithdrawn, .notified, .notice, .listenerClosed:
            runtime.receive(event)
        }
    }

    func receive(_ event: RuntimeEvent) {
        switch event {
        case .started(let instance, let run, let pid):
            feed(.started(instance, run: run, pid: pid))
            followEnginePorts()
            updateRoutes(of: instance.service)
            if instances.containers?.lacksVirtualAddresses == true { prepareNetworksAgain() }
            tryNames(from: instance, pid: pid)
        case .startFailed(let instance, let run, let reason): feed(.startFailed(instance, run: run, reason: reason))
        case .exited(let instance, let run, let exit):
            feed(.exited(instance, run: run, Adoption.exit(exit)))
            if exit.successor != nil { updateRoutes(of: instance.service) }
        case .ordersWithdrawn: feed(.standingOrdersWithdrawn)
        case .notified(let instance, let run, let text):
            for event in NotifyMessage.events(text, instance: instance, run: run) { feed(event) }
        case .commandEnded(let number, let result):
            if !probes.commandEnded(number, result) { _ = hooks.commandEnded(number, result) }
        case .notice(let sentence):
            warn(sentence)
            publish()
        case .adopted(let instance, let run, let pid, let startedAt, let launch):
            adopt(instance, AdoptedProcess(pid: pid, run: run, startedAt: startedAt, launch: launch))
        case .askedByHand(let service, let act): take(act, of: service)
        case .noted(let instance, let sentence): write(Entry(.notice, instance: instance, text: sentence))
        case .moved(let instance): updateRoutes(of: instance.service)
        case .logKept(let instance): incidents.readAgain(instance)
        case .engineLost(let reason): noteEngine(lost: reason)
        case .engineFound:
            noteEngine(lost: nil)
            prepareNetworksAgain()
        }
    }
}

extension Effect {
    fileprivate var isRecord: Bool {
        switch self {
        case .record, .incident: true
        case .start, .standingOrder, .revokeStandingOrder, .allowStandingOrder, .drain, .signal, .kill, .freeze, .thaw,
            .probe,
            .cancelProbe, .runHooks, .route, .allStopped:
            false
        }
    }
}
