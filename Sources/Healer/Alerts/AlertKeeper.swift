internal import Alerting
internal import Control
internal import Healing
internal import Platform
internal import Stack

/// Has alerts judged whenever something has happened, sees to it that what is to be told is on disk before it is told, and
/// lets everybody see what came of it. Belongs to the healer's thread; what is told is told by threads of its own, one for
/// each attempt, so a channel that hangs holds up neither repairs nor other channels.
final class AlertKeeper {
    private static let pace = Duration.seconds(1)

    private let reactor: Reactor
    private let files: StateFiles
    private let outboxFiles: AlertFiles
    private let published: PublishedAlerts
    let journal: AlertJournal
    private(set) var machine: AlertMachine
    var outbox: Outbox
    private(set) var policy: AlertPolicy?
    private var stack: Stack?
    /// Incidents that ended while there was no healer, until it is known who is to be told.
    private var endedBefore: [Incident] = []
    private var saved: AlertMachine.Memory
    private var wall = WallTimeCache()
    private var ticking: TimerToken?
    private var delivering: (token: TimerToken, deadline: Instant)?
    /// The engine as it is when time has passed.
    var engine: () -> Engine? = { nil }
    /// From an instant to the calendar's name for it.
    var time: (Instant) -> String = { _ in "" }

    /// Goes on with what an earlier healer left.
    init(reactor: Reactor, files: StateFiles, published: PublishedAlerts, journal: AlertJournal) {
        self.reactor = reactor
        self.files = files
        self.published = published
        self.journal = journal
        outboxFiles = AlertFiles(locations: files.locations, writer: files.writer)
        saved = files.alerts()
        machine = AlertMachine(stack: files.locations.project, host: HostName.current, memory: saved)
        outbox = Outbox(outboxFiles.load(), seed: UInt64(bitPattern: Instant.now().nanoseconds))
    }

    /// The incidents that were open when the healer before this one ended, as far as alerts have to know of them: the journal,
    /// which is written by a thread of its own, may not have the last ones.
    var openIncidents: [Incident] {
        saved.alerts.values.map { alert in
            let condition = alert.condition
            return Incident(
                id: condition.id, root: condition.service, cause: condition.cause, firstSignAt: condition.firstSignAt)
        }
    }

    /// Takes the alerts of a new configuration.
    func configure(_ stack: Stack) {
        let before = policy
        self.stack = stack
        policy = stack.alerts
        wall.use(stack.alerts?.quietHours?.timeZone) { journal.warn($0) }
        if policy == nil { machine = AlertMachine(stack: stack.name, host: HostName.current) }
        let channels = policy?.channels ?? []
        let changed = channels.filter { channel in before.map { $0.channel(channel.name) != channel } ?? false }
        feedOutbox(.configured(Set(channels.map(\.name)), changed: Set(changed.map(\.name))))
        feedMachine(.configured(policy ?? AlertPolicy()))
        for incident in endedBefore { note(incident) }
        endedBefore = []
        save()
        show()
    }

    // MARK: What happens

    /// Takes an incident that came to its end.
    func note(_ incident: Incident) {
        guard stack != nil else { return endedBefore.append(incident) }
        guard policy != nil, let end = AlertEnd(incident) else { return }
        feedMachine(.ended(incident.id, end))
    }

    /// Judges by what the engine knows. Costs next to nothing where nothing fails.
    func judge(_ engine: Engine) {
        guard policy != nil, let stack, !machine.isIdle || !engine.incidents.isEmpty else { return }
        feedMachine(.assessed(AlertConditions.make(of: engine, stack, time: time)))
        tick()
    }

    private func tick() {
        guard ticking == nil, !machine.isIdle else { return }
        ticking = reactor.schedule(at: Instant.now() + Self.pace) { [weak self] in
            guard let self else { return }
            ticking = nil
            save()
            if let engine = engine() { judge(engine) }
        }
    }

    private var moment: AlertTime {
        let calendar = Calendar.now()
        return AlertTime(now: Instant.now(), calendar: calendar, local: wall.time(at: calendar))
    }

    private func feedMachine(_ event: AlertEvent) {
        let before = machine.memory
        for effect in machine.handle(event, at: moment) {
            switch effect {
            case .send(let message): feedOutbox(.posted(message))
            case .acknowledged(let id, let service, let actor): journal.acknowledged(id, service, by: actor)
            }
        }
        guard machine.memory != before else { return }
        // Who suffers changes often in a storm, and whoever comes after this healer finds that out by itself.
        if !machine.memory.tellsTheSame(as: saved) { save() }
        show()
    }

    private func save() {
        guard machine.memory != saved else { return }
        saved = machine.memory
        files.save(saved)
    }

    // MARK: Deliveries

    private func feedOutbox(_ event: OutboxEvent) {
        let effects = outbox.handle(event, at: Instant.now(), calendar: Calendar.now())
        for effect in effects {
            switch effect {
            case .keep(let entry): outboxFiles.keep(entry)
            case .forget(let id): outboxFiles.forget(id)
            case .attempt(let message, let late): attempt(message, late)
            case .delivered(let message): journal.delivered(message, policy?.channel(message.channel))
            case .trouble(let channel, let problem): journal.trouble(channel, problem)
            case .mended(let channel): journal.mended(channel)
            case .failed(let entry): journal.failed(entry)
            case .dropped(let channel, let count, let reason): journal.dropped(count, channel, reason)
            }
        }
        if !effects.isEmpty { show() }
        arm()
    }

    private func attempt(_ message: AlertMessage, _ late: Lateness?) {
        guard let channel = policy?.channel(message.channel) else { return }
        let mailbox = reactor.mailbox
        let keeper = Confined(self)
        let answer: @Sendable (DeliveryOutcome) -> Void = { outcome in
            mailbox.post {
                keeper.value.feedOutbox(.attempted(channel: message.channel, id: message.id, outcome))
            }
        }
        AlertAttempt.start(message, to: channel, late, then: answer)
    }

    private func arm() {
        let deadline = outbox.nextDeadline
        guard delivering?.deadline != deadline else { return }
        if let delivering { reactor.cancel(delivering.token) }
        delivering = deadline.map { deadline in
            let token = reactor.schedule(at: deadline) { [weak self] in
                self?.delivering = nil
                self?.feedOutbox(.timePassed)
            }
            return (token, deadline)
        }
    }

    // MARK: What people ask for

    /// Notes that `actor` looks after an alert.
    func acknowledge(_ id: Int64, by actor: String) -> ControlReply {
        guard let alert = machine.memory.alerts[id] else {
            let known = machine.memory.alerts.keys.sorted().map(String.init).joined(separator: ", ")
            return .notFound("there is no alert \(id); " + (known.isEmpty ? "nothing goes on" : "there are: \(known)"))
        }
        if let earlier = alert.acknowledgement { return .done("alert \(id) is acknowledged already, by \(earlier.by)") }
        feedMachine(.acknowledged(id, by: actor))
        save()
        return .done("alert \(id) is acknowledged: it is told again only if it gets worse, and when it is over")
    }

    private func show() {
        published.update(AlertOverview(machine, outbox, policy, time: time))
    }

    /// Forgets what goes on, as the stack is going. What is on its way stays on disk and is delivered by whoever comes next.
    func forget() {
        files.save(AlertMachine.Memory())
    }

    /// Calls `body` once everything was delivered or given a first try, or that time is over.
    func afterDeliveries(within patience: Duration, _ body: @escaping () -> Void) {
        let deadline = Instant.now() + patience
        func look() {
            let waits = outbox.states.values.contains { $0.queued > 0 && $0.problem == nil }
            guard waits, Instant.now() < deadline else { return body() }
            reactor.schedule(at: Instant.now() + .milliseconds(50)) { look() }
        }
        // What ended with the last instance is heard of after it.
        reactor.schedule(at: Instant.now()) { look() }
    }
}

extension AlertMachine.Memory {
    /// Whether whoever goes on from either tells the same.
    fileprivate func tellsTheSame(as other: AlertMachine.Memory) -> Bool {
        skeleton == other.skeleton
    }

    private var skeleton: AlertMachine.Memory {
        replacingConditions { condition in
            condition.victims = []
            condition.victimCount = 0
            condition.note = nil
        }
    }
}

extension AlertEnd {
    /// How an incident ended; nil where it goes on.
    fileprivate init?(_ incident: Incident) {
        let time = incident.endedAt ?? incident.firstSignAt
        switch incident.state {
        case .open: return nil
        case .resolved: self = .recovered(at: time)
        case .closed:
            let last = incident.timeline.last { $0.kind == .incidentJoined || $0.kind == .incidentEnded }
            self = .closed(at: time, reason: last.map { "It is over: \($0.text)." } ?? "A person ended it.")
        }
    }
}
