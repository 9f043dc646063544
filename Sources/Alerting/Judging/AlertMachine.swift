public import Stack

/// Decides who is told what of incidents, and when.
///
/// What is to be told follows from how things are and from what was told already, at every event anew: an alert that was
/// held back (by quiet hours, or for company) is told when nothing holds it back any more, whatever happened meanwhile.
/// Suppression by cause is the incidents' own: a victim belongs to the incident of its root and has no alert of its own.
public struct AlertMachine: Sendable, Hashable {
    /// What outlives the process, whoever kills it.
    public struct Memory: Sendable, Hashable, Codable {
        /// What goes on, by the incident's number.
        public internal(set) var alerts: [Int64: Alert] = [:]
        /// What is over and not everybody was told of yet, by channel.
        var endings: [String: [AlertMessage.Item]] = [:]
        /// When each channel was told last: of what goes on, and of what is over.
        var lanes: [String: Lane] = [:]
        /// The number of the next message.
        var nextMessage: Int64 = 1

        /// Nothing yet.
        public init() {}

        /// The same with what `change` makes of every condition.
        public func replacingConditions(_ change: (inout AlertCondition) -> Void) -> Memory {
            var memory = self
            memory.alerts = alerts.mapValues { alert in
                var alert = alert
                change(&alert.condition)
                return alert
            }
            return memory
        }

        /// The same by a clock that shows `time` more.
        public func shifted(by time: Duration) -> Memory {
            var memory = self
            memory.alerts = alerts.mapValues { $0.shifted(by: time) }
            memory.lanes = lanes.mapValues { $0.shifted(by: time) }
            return memory
        }
    }

    /// What a channel was told lately.
    struct Lane: Sendable, Hashable, Codable {
        var ongoingAt: Instant?
        var severity = AlertSeverity.info
        var endingAt: Instant?

        func shifted(by time: Duration) -> Lane {
            Lane(ongoingAt: ongoingAt.map { $0 + time }, severity: severity, endingAt: endingAt.map { $0 + time })
        }
    }

    let stack: String
    let host: String
    var policy = AlertPolicy()
    /// What is to be kept.
    public internal(set) var memory: Memory

    /// A machine for the stack of that name on that host, which goes on from `memory`. Nobody is told anything before it was
    /// configured.
    public init(stack: String, host: String, memory: Memory = Memory()) {
        self.stack = stack
        self.host = host
        self.memory = memory
    }

    /// Whether nothing goes on and nothing is to be told: then no time that passes changes anything.
    public var isIdle: Bool { memory.alerts.isEmpty && memory.endings.isEmpty }

    /// Takes what happened, and says what is to be done.
    public mutating func handle(_ event: AlertEvent, at time: AlertTime) -> [AlertEffect] {
        var effects: [AlertEffect] = []
        switch event {
        case .configured(let policy): configure(policy)
        case .assessed(let conditions): assess(conditions, at: time)
        case .ended(let id, let end): self.end(id, end, at: time)
        case .acknowledged(let id, let actor): effects += acknowledge(id, by: actor, at: time)
        case .timePassed: break
        }
        return effects + tell(at: time)
    }

    private mutating func configure(_ policy: AlertPolicy) {
        self.policy = policy
        let names = Set(policy.channels.map(\.name))
        memory.endings = memory.endings.filter { names.contains($0.key) }
        memory.lanes = memory.lanes.filter { names.contains($0.key) }
    }

    /// Takes all conditions that go on. One that is not among them was ended while nobody looked.
    private mutating func assess(_ conditions: [AlertCondition], at time: AlertTime) {
        for condition in conditions {
            if memory.alerts[condition.id] == nil {
                memory.alerts[condition.id] = Alert(condition, knownAt: time.now)
            } else {
                memory.alerts[condition.id]?.update(condition)
            }
        }
        let known = Set(conditions.map(\.id))
        for id in memory.alerts.keys.sorted() where !known.contains(id) {
            end(id, .closed(at: time.now, reason: "It is no longer followed."), at: time)
        }
    }

    private mutating func acknowledge(_ id: Int64, by actor: String, at time: AlertTime) -> [AlertEffect] {
        guard let alert = memory.alerts[id], alert.acknowledgement == nil else { return [] }
        memory.alerts[id]?.acknowledgement = Alert.Acknowledgement(at: time.now, by: actor)
        return [.acknowledged(id, service: alert.condition.service, by: actor)]
    }

    /// Whoever was told that it began is told that it is over. Where nobody was, it is no more than information.
    private mutating func end(_ id: Int64, _ end: AlertEnd, at time: AlertTime) {
        guard let alert = memory.alerts.removeValue(forKey: id) else { return }
        if alert.told.isEmpty {
            guard case .recovered = end else { return }
            let item = alert.item(.repaired, severity: .info, end: end, at: time)
            // Who keeps alerts would keep one that nobody ends.
            for name in policy.channels(for: alert.condition.service, .info)
            where policy.channel(name)?.kind.keepsAlerts == false {
                add(item, to: name)
            }
            return
        }
        for (name, telling) in alert.told.sorted(by: { $0.key < $1.key }) where policy.channel(name) != nil {
            var item = alert.item(.recovered, severity: telling.severity, end: end, at: time)
            // The channel knows it by this name.
            item.service = telling.service
            add(item, to: name)
        }
    }

    /// How many endings wait for a channel: through one night of quiet hours, say.
    private static let mostEndings = 200

    private mutating func add(_ item: AlertMessage.Item, to channel: String) {
        memory.endings[channel, default: []].append(item)
        guard let all = memory.endings[channel], all.count > Self.mostEndings else { return }
        // What was only information goes first: nobody waits for its end.
        let place = all.firstIndex { $0.kind == .repaired } ?? 0
        memory.endings[channel]?.remove(at: place)
    }
}

/// What the machine is told.
public enum AlertEvent: Hashable, Sendable {
    /// This is to be gone by from now on.
    case configured(AlertPolicy)
    /// These are all conditions that go on, as they are now.
    case assessed([AlertCondition])
    /// One came to its end.
    case ended(Int64, AlertEnd)
    /// A person looks after one.
    case acknowledged(Int64, by: String)
    /// Time has passed. To be said about once a second while the machine is not idle.
    case timePassed
}

/// What the machine wants done.
public enum AlertEffect: Hashable, Sendable {
    /// Deliver this, at least once.
    case send(AlertMessage)
    /// Write down that a person looks after an alert.
    case acknowledged(Int64, service: String, by: String)
}
