internal import Stack

/// Whose fault a failure is, and so which incident it belongs to.
extension Engine {
    /// Gives every failing service that no incident covers its place, the deepest first.
    mutating func attributeTroubles() {
        guard incidentBook.isDue else { return }
        incidentBook.isDue = false
        for service in incidentBook.uncovered.sorted(by: isDeeper) { attribute(service) }
        // A root that had recovered and fails again may have been drawn in by another by now.
        for (id, page) in incidentBook.pages.sorted(by: { $0.key < $1.key })
        where !page.unsettled.contains(page.incident.root) && page.rootDismissal == nil
            && incidentBook.troubled.contains(page.incident.root) && incidentBook.covering[page.incident.root] == id
        {
            attribute(page.incident.root)
        }
    }

    private func isDeeper(_ one: String, _ other: String) -> Bool {
        let left = services[one]?.rank ?? 0
        let right = services[other]?.rank ?? 0
        return left == right ? one < other : left < right
    }

    private mutating func attribute(_ service: String) {
        guard let (sign, since, suspicions) = firstSign(of: service) else { return }
        let own = incidentBook.covering[service]
        let above = incidentAbove(service)
        if own == nil, above == nil, isExcused(service) { return }
        let below = incidentsBelow(service, since: since)
        guard let id = ([own, above].compactMap { $0 } + below).min() else {
            open(service, sign, since, suspicions)
            return
        }
        let deeper = above.flatMap { incidentBook.pages[$0]?.incident }
        for other in Set([own, above].compactMap { $0 } + below).subtracting([id]).sorted() { join(other, into: id) }
        moveRoot(of: id, to: deeper ?? Incident(id: id, root: service, cause: sign, firstSignAt: since))
        incidentBook.cover(service, by: id)
        services[service]?.lastIncident = id
        incidentBook.change(id) {
            $0.incident.firstSignAt = min($0.incident.firstSignAt, since)
            if service == $0.incident.root {
                $0.incident.cause = sign
                $0.incident.repairedAt = nil
            } else {
                $0.incident.add(.init(service: service, sign: sign, since: since))
            }
            for moment in suspicions { $0.incident.add(moment) }
        }
        noteVerdict(id)
    }

    /// What is wrong with a service, since when, and the signs that came before the engine was sure.
    private func firstSign(of service: String) -> (sign: String, since: Instant, suspicions: [Incident.Moment])? {
        let troubles = (services[service]?.members ?? []).compactMap { member in
            instances[member]?.trouble.map { (member, $0) }
        }
        guard let first = troubles.min(by: { $0.1.since < $1.1.since }) else { return nil }
        let suspicions = troubles.compactMap { member, trouble in
            trouble.suspicion.map {
                Incident.Moment(
                    time: trouble.since, kind: .suspected, service: service, instance: member, text: $0)
            }
        }
        return (first.1.sign, first.1.since, suspicions)
    }

    // MARK: Who else fails

    /// The incident of something that `service` needs and that fails: the nearest, as all of one chain have the same.
    private func incidentAbove(_ service: String) -> Int64? {
        for name in allDependencies(of: service) where isSuspect(name) {
            if let id = incidentBook.covering[name] { return id }
        }
        return nil
    }

    /// Whether a failure of what needs this service may come from it: no instance is well, or one only just.
    private func isSuspect(_ service: String) -> Bool {
        guard incidentBook.troubled.contains(service), let record = services[service], record.service.replicas > 0
        else {
            return false
        }
        return !record.summary.isWell
            || record.members.contains { instances[$0]?.trouble != nil && instances[$0]?.wellSince != nil }
    }

    /// Whether a dependency that is not well, for no failure of its own, explains why `service` fails: it was stopped,
    /// paused or changed by hand, or is only being started. There will be an incident if the failure outlasts that.
    private func isExcused(_ service: String) -> Bool {
        allDependencies(of: service).contains { name in
            guard let record = services[name], record.service.replicas > 0 else { return false }
            return !record.summary.isWell && !record.summary.isLeftAlone
        }
    }

    /// Incidents whose root needs `service` and complained only a moment before it: it is the deeper one.
    private func incidentsBelow(_ service: String, since: Instant) -> [Int64] {
        guard !incidentBook.pages.isEmpty else { return [] }
        return allDependents(of: service).compactMap { name in
            guard let id = incidentBook.covering[name], let page = incidentBook.pages[id],
                page.incident.root == name, page.unsettled.contains(name), page.rootDismissal == nil
            else { return nil }
            guard let verdict = page.incident.verdictAt else { return id }
            return since <= verdict + Incident.afterthought ? id : nil
        }
    }

    // MARK: Opening, moving, joining

    private mutating func open(
        _ service: String, _ sign: String, _ since: Instant, _ suspicions: [Incident.Moment]
    ) {
        let id = incidentBook.nextID
        guard id < .max else { return }
        incidentBook.nextID = id + 1
        var incident = Incident(id: id, root: service, cause: sign, firstSignAt: since)
        for moment in suspicions { incident.add(moment) }
        incidentBook.pages[id] = .init(incident: incident, unsettled: [])
        incidentBook.cover(service, by: id)
        services[service]?.lastIncident = id
        noteVerdict(id)
        tell(.incidentOpened, about: service, "\(service) fails; nothing it needs explains that", cause: sign)
    }

    /// Something deeper fails, of which `deeper` says what is known: the former root is a victim of it.
    private mutating func moveRoot(of id: Int64, to deeper: Incident) {
        guard let incident = incidentBook.pages[id]?.incident, incident.root != deeper.root else { return }
        let root = deeper.root
        let former = incident.root
        let since = firstSign(of: former)?.since ?? incident.firstSignAt
        incidentBook.change(id) {
            $0.incident.victims.removeAll { $0.service == root }
            $0.incident.root = root
            $0.incident.cause = deeper.cause
            $0.incident.verdictAt = deeper.verdictAt
            $0.incident.repairedAt = deeper.repairedAt
            $0.incident.add(
                .init(service: former, sign: incident.cause, since: since, recoveredAt: incident.repairedAt))
        }
        if incidentBook.pages[id]?.unsettled.contains(former) == false { incidentBook.uncover(former) }
        incidentBook.coverRoot(of: id)
        tell(.rootMoved, about: root, "\(root) is at fault, and \(former) its victim", cause: deeper.cause)
    }

    /// Two incidents turn out to be one: `other` ends, and what was in it goes on in `id`.
    private mutating func join(_ other: Int64, into id: Int64) {
        guard let page = incidentBook.remove(other) else { return }
        var joined = page.incident
        joined.state = .closed
        joined.endedAt = now
        let entry = Entry(
            .incidentJoined, service: joined.root, text: "joined with incident \(id), which is the same failure",
            cause: joined.cause, incident: other)
        incidentBook.change(id) { [now] in
            for moment in joined.timeline { $0.incident.add(moment) }
            $0.incident.omitted += joined.omitted
            $0.incident.firstSignAt = min($0.incident.firstSignAt, joined.firstSignAt)
            for victim in joined.victims { $0.incident.add(victim) }
            $0.hasDismissedVictim = $0.hasDismissedVictim || page.hasDismissedVictim
            $0.incident.add(
                .init(
                    time: now, kind: .incidentJoined, service: joined.root,
                    text: "incident \(other) is the same failure", cause: joined.cause))
        }
        for service in page.unsettled { incidentBook.cover(service, by: id) }
        addAsVictim(joined.root, joined, to: id)
        joined.add(Incident.Moment(entry, at: now))
        effects.append(.record(entry))
        effects.append(.incident(joined))
    }

    private mutating func addAsVictim(_ root: String, _ joined: Incident, to id: Int64) {
        guard incidentBook.pages[id]?.incident.root != root else { return }
        incidentBook.change(id) {
            $0.incident.add(
                .init(
                    service: root, sign: joined.cause, since: joined.firstSignAt, recoveredAt: joined.repairedAt))
        }
    }

    /// Writes an entry right after the sign that led to it, before what is done about it.
    private mutating func tell(_ kind: Entry.Kind, about service: String, _ text: String, cause: String) {
        let place = effects.firstIndex { effect in
            guard case .record(let entry) = effect, entry.service == service else { return false }
            return Self.signs.contains(entry.kind)
        }
        effects.insert(
            .record(Entry(kind, service: service, text: text, cause: cause)), at: place.map { $0 + 1 } ?? effects.count)
    }

    private static let signs: Set<Entry.Kind> = [.exited, .unhealthy, .startFailed, .hookFailed]
}
