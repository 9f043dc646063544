internal import Stack

/// Who is to be told something now.
extension AlertMachine {
    /// How often an Alertmanager is told again: it forgets what nobody repeats, as it keeps no alerts over its own restarts.
    static let refresh = Duration.seconds(60)

    mutating func tell(at time: AlertTime) -> [AlertEffect] {
        policy.channels.flatMap { tellOngoing($0, at: time) + tellEndings($0, at: time) }
    }

    // MARK: What goes on

    private mutating func tellOngoing(_ channel: AlertChannel, at time: AlertTime) -> [AlertEffect] {
        let items = memory.alerts.values.compactMap { item($0, for: channel, at: time) }
            .sorted { ($1.severity, $0.id) < ($0.severity, $1.id) }
        guard let worst = items.first?.severity else { return [] }
        if channel.kind.keepsAlerts {
            for item in items { note(item, told: channel.name, at: time.now) }
            return items.map { .send(message([$0], to: channel.name, at: time)) }
        }
        let lane = memory.lanes[channel.name] ?? Lane()
        guard !mayWait(channel, since: lane.ongoingAt, at: time.now) || worst > lane.severity else { return [] }
        memory.lanes[channel.name, default: Lane()].ongoingAt = time.now
        memory.lanes[channel.name]?.severity = worst
        for item in items { note(item, told: channel.name, at: time.now) }
        return [.send(message(items, to: channel.name, at: time))]
    }

    /// What that channel is to be told of an alert now; nil where that is nothing.
    private func item(_ alert: Alert, for channel: AlertChannel, at time: AlertTime) -> AlertMessage.Item? {
        guard let kind = kind(alert, for: channel, at: time), !isQuiet(alert.condition.severity, channel, at: time)
        else { return nil }
        var item = alert.item(kind, severity: alert.condition.severity, end: nil, at: time)
        if let telling = alert.told[channel.name],
            telling.service != item.service || telling.severity != item.severity
        {
            item.former = .init(service: telling.service, severity: telling.severity)
        }
        return item
    }

    private func kind(_ alert: Alert, for channel: AlertChannel, at time: AlertTime) -> AlertMessage.Kind? {
        let condition = alert.condition
        guard condition.isUrgent || alert.knownAt + policy.groupWait <= time.now || !alert.told.isEmpty else {
            return nil
        }
        guard let telling = alert.told[channel.name] else {
            if policy.channels(for: condition.service, condition.severity).contains(channel.name) { return .firing }
            return isEscalated(alert, to: channel.name, at: time.now) ? .escalated : nil
        }
        if condition.severity > telling.severity || condition.service != telling.service { return .updated }
        // A step may name a channel that was told at the beginning.
        if isEscalated(alert, to: channel.name, after: telling.lastAt, at: time.now) { return .escalated }
        return isDueAgain(alert, telling, channel, at: time.now) ? .repeated : nil
    }

    private func isEscalated(_ alert: Alert, to channel: String, after last: Instant? = nil, at now: Instant) -> Bool {
        guard alert.acknowledgement == nil, let first = alert.firstToldAt else { return false }
        return policy.escalation.contains { step in
            let due = first + step.after
            return step.to.contains(channel) && alert.condition.severity >= step.severity && due <= now
                && last.map { $0 < due } != false
        }
    }

    private func isDueAgain(_ alert: Alert, _ telling: Alert.Telling, _ channel: AlertChannel, at now: Instant) -> Bool
    {
        if case .alertmanager = channel.kind { return telling.lastAt + Self.refresh <= now }
        guard alert.acknowledgement == nil, let interval = policy.repeatInterval else { return false }
        return telling.lastAt + interval <= now
    }

    private mutating func note(_ item: AlertMessage.Item, told channel: String, at now: Instant) {
        let first = memory.alerts[item.id]?.told[channel]?.firstAt ?? now
        memory.alerts[item.id]?.told[channel] = .init(
            firstAt: first, lastAt: now, severity: item.severity, service: item.service)
    }

    // MARK: What is over

    private mutating func tellEndings(_ channel: AlertChannel, at time: AlertTime) -> [AlertEffect] {
        let all = memory.endings[channel.name] ?? []
        let items = all.filter { !isQuiet($0.severity, channel, at: time) }
        guard !items.isEmpty else { return [] }
        let last = memory.lanes[channel.name]?.endingAt
        guard !mayWait(channel, since: last, at: time.now) || channel.kind.keepsAlerts else { return [] }
        let rest = all.filter { isQuiet($0.severity, channel, at: time) }
        memory.endings[channel.name] = rest.isEmpty ? nil : rest
        memory.lanes[channel.name, default: Lane()].endingAt = time.now
        if channel.kind.keepsAlerts { return items.map { .send(message([$0], to: channel.name, at: time)) } }
        // Those who were waited for come first, and apart from what is mere information.
        return [items.filter { $0.kind == .recovered }, items.filter { $0.kind != .recovered }]
            .filter { !$0.isEmpty }.map { .send(message($0, to: channel.name, at: time)) }
    }

    // MARK: Both

    /// Whether what there is to tell may wait for company: so soon after the last message, while something that was told goes
    /// on. The first after all was well, and the last that is over, are told at once.
    private func mayWait(_ channel: AlertChannel, since last: Instant?, at now: Instant) -> Bool {
        guard let last, now < last + policy.groupInterval else { return false }
        return memory.alerts.values.contains { $0.told[channel.name] != nil }
    }

    /// Whether quiet hours hold that back. An Alertmanager has quiet hours of its own (mute time intervals), and takes what
    /// nobody tells it for over.
    private func isQuiet(_ severity: AlertSeverity, _ channel: AlertChannel, at time: AlertTime) -> Bool {
        guard let quiet = policy.quietHours, quiet.include(time.local), severity < quiet.severity else { return false }
        if case .alertmanager = channel.kind { return false }
        return true
    }

    private mutating func message(
        _ items: [AlertMessage.Item], to channel: String, at time: AlertTime
    ) -> AlertMessage {
        defer { memory.nextMessage += 1 }
        let id = AlertMessage.id(stack: stack, at: time.calendar, number: memory.nextMessage)
        return AlertMessage(
            id: id, channel: channel, stack: stack, host: host, createdAt: time.calendar, items: items)
    }
}

extension Alert {
    /// What a message says of it.
    func item(
        _ kind: AlertMessage.Kind, severity: AlertSeverity, end: AlertEnd?, at time: AlertTime
    ) -> AlertMessage.Item {
        let note: String? =
            switch end {
            case .closed(_, let reason): reason
            case .joined(let other, _): "It is the same failure as alert \(other), which goes on."
            case .recovered: nil
            case nil: condition.note
            }
        return AlertMessage.Item(
            id: condition.id, kind: kind, service: condition.service, severity: severity, cause: condition.cause,
            note: note, startedAt: time.calendar(of: condition.firstSignAt),
            endedAt: end.map { time.calendar(of: $0.time) }, victims: condition.victims,
            victimCount: condition.victimCount)
    }
}
