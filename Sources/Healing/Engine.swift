public import Stack

/// Judges what happens in a stack and decides what is done about it. Pure: the same events at the same instants give
/// the same effects.
///
/// The shell tells it all that is to be kept by `restore`, then every `adopted` process (and its `exited`, should
/// it have ended meanwhile), then `configured`; after that whatever happens, and `timePassed` at `nextDeadline`. Effects
/// are to be carried out in their order. One owner; no call may overlap another.
public struct Engine: Sendable {
    /// What people want of services, by name; only what is out of the ordinary. To be kept across Hale's own restarts.
    public internal(set) var wills: [String: OperatorWill] = [:]
    /// Whether and how long Hale as a whole is to watch only. To be kept like `wills`; one whose time is over has no
    /// effect.
    public internal(set) var healingPause: HealingPause?
    /// What instances have on their record. To be kept like `wills`.
    public internal(set) var histories: [InstanceID: RestartHistory] = [:]
    /// The updates under way, and those that did not get to their end, by service. To be kept like `wills`.
    public internal(set) var updates: [String: RollingUpdate] = [:]

    var memories: [InstanceID: InstanceMemory] = [:]
    var now = Instant.zero
    var random: SplitMix64
    var effects: [Effect] = []
    var restartConcurrency = 1
    var isConfigured = false
    var services: [String: ServiceRecord] = [:]
    var instances: [InstanceID: InstanceMachine] = [:]
    /// Every instance, sorted.
    var roster: [InstanceID] = []
    var adopted: [InstanceID: AdoptedProcess] = [:]
    /// Ends of adopted processes that were told before it was known what the stack is.
    var earlyEnds: [EarlyEnd] = []
    var shutDown: ShutDown?
    var slots = ConcurrencyCap()
    var standingOrders = StandingOrders.withheld
    var starts = 0
    /// Who asked for what is being done, while a person's request is.
    var asker: String?
    /// Instances that are convicted as soon as their dependencies have answered.
    var confirming: Set<InstanceID> = []
    var incidentBook = IncidentBook()
    var agenda = Agenda()
    var deadlines = DeadlineQueue()

    struct EarlyEnd: Sendable {
        var instance: InstanceID
        var run: Int
        var exit: Exit
    }

    /// The whole stack is going down.
    struct ShutDown: Sendable {
        var grace: Duration?
        var isComplete = false
    }

    /// An engine that knows nothing yet; `seed` decides the jitter.
    public init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    /// Takes over what people wanted before Hale was restarted; to be called before the first `configured`.
    public mutating func restore(wills: [String: OperatorWill]) {
        self.wills = wills.filter { !$0.value.isOrdinary }
    }

    /// Takes over the updates of before Hale was restarted; to be called before the first `configured`.
    public mutating func restore(updates: [String: RollingUpdate]) {
        self.updates = updates
    }

    /// When the shell is to send `timePassed`, unless something else happens first.
    public var nextDeadline: Instant? { deadlines.first?.at }

    /// What `event` at `now` leads to. `now` must not run backwards.
    public mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        self.now = max(now, self.now)
        effects = []
        take(event)
        for instance in confirming.sorted() { touch(instance) }
        settleAll()
        followIncidents()
        endDeadlines()
        defer { effects = [] }
        return effects
    }

    private mutating func take(_ event: Event) {
        switch event {
        case .configured(let stack): configure(stack)
        case .configurationRefused(let reason, let actor): configurationRefused(reason, by: actor)
        case .adopted(let instance, let process): adopt(instance, process)
        case .asked(let request, let actor): take(request, by: actor)
        case .started(let instance, let run, let pid): started(instance, run: run, pid: pid)
        case .startFailed(let instance, let run, let reason): startFailed(instance, run: run, reason: reason)
        case .ready(let instance, let run): ready(instance, run: run)
        case .statusText(let instance, let run, let text): statusText(instance, run: run, text)
        case .heartbeat(let instance, let run): heartbeat(instance, run: run)
        case .stoppingItself(let instance, let run): stoppingItself(instance, run: run)
        case .extendTimeout(let instance, let run, let time): extendTimeout(instance, run: run, by: time)
        case .exited(let instance, let run, let exit): exited(instance, run: run, exit)
        case .probed(let instance, let run, let result): probed(instance, run: run, result)
        case .callsFailed(let instance, let reason): callsFailed(instance, reason)
        case .drained(let instance, let run): drained(instance, run: run)
        case .standingOrdersWithdrawn: standingOrdersWithdrawn()
        case .hooksFinished(let instance, let run, let phase, let failure):
            hooksFinished(instance, run: run, phase, failure: failure)
        case .timePassed: timePassed()
        }
    }
}

/// Instances that something changed for, in the order in which it did.
struct Agenda: Sendable {
    private var queue: [InstanceID] = []
    private var position = 0
    private var waiting: Set<InstanceID> = []
    /// Every instance looked at since the last `finish`.
    private(set) var visited: Set<InstanceID> = []
    /// Every service something changed for since then.
    private(set) var services: Set<String> = []

    mutating func add(_ instance: InstanceID) {
        guard waiting.insert(instance).inserted else { return }
        if visited.insert(instance).inserted { services.insert(instance.service) }
        queue.append(instance)
    }

    mutating func add(service: String) {
        services.insert(service)
    }

    mutating func next() -> InstanceID? {
        guard position < queue.count else { return nil }
        let instance = queue[position]
        position += 1
        waiting.remove(instance)
        return instance
    }

    mutating func finish() {
        queue.removeAll(keepingCapacity: true)
        waiting.removeAll(keepingCapacity: true)
        visited.removeAll(keepingCapacity: true)
        services.removeAll(keepingCapacity: true)
        position = 0
    }
}

extension Engine {
    /// Has `instance` looked at before this event is done with.
    mutating func touch(_ instance: InstanceID) {
        agenda.add(instance)
    }

    mutating func touchAll(of service: String) {
        agenda.add(service: service)
        for member in services[service]?.members ?? [] { agenda.add(member) }
    }

    mutating func record(
        _ kind: Entry.Kind, _ instance: InstanceID, _ text: String, cause: String? = nil
    ) {
        effects.append(.record(Entry(kind, instance: instance, text: text, cause: cause, actor: asker)))
    }

    mutating func record(_ kind: Entry.Kind, service: String?, _ text: String, cause: String? = nil) {
        effects.append(.record(Entry(kind, service: service, text: text, cause: cause, actor: asker)))
    }

    /// Changes one instance and has it looked at.
    mutating func update(_ instance: InstanceID, _ change: (inout InstanceMachine) -> Void) {
        guard let index = instances.index(forKey: instance) else { return }
        change(&instances.values[index])
        agenda.add(instance)
    }

    /// The instance, if `run` is the one it is in and a process exists or is expected.
    func current(_ instance: InstanceID, run: Int) -> InstanceMachine? {
        guard let machine = instances[instance], machine.run == run, machine.isLive else { return nil }
        return machine
    }
}
