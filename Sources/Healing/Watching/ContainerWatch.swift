public import Stack

/// Heals containers that somebody else started, by restarting those whose health check fails: the root before its
/// dependents, with backoff and a budget, and never what a person has paused or stopped.
///
/// A pure machine: events and the time in, effects out.
public struct ContainerWatch: Sendable {
    private let policy: RestartPolicy
    private var wards: [String: Ward] = [:]
    private var generator: SplitMix64

    /// Nobody is watched yet. `seed` is for the jitter of waits.
    public init(policy: RestartPolicy = RestartPolicy(), seed: UInt64) {
        self.policy = policy
        generator = SplitMix64(seed: seed)
    }

    /// The containers that are known, by name.
    public var containers: [WatchedContainer] {
        wards.values.map(\.container).sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }

    /// How those stand that are watched or were restarted, by name.
    public var standings: [WatchStanding] {
        wards.values.filter(\.isOfInterest).map(\.standing).sorted {
            ($0.container.name, $0.container.id) < ($1.container.name, $1.container.id)
        }
    }

    /// When `timePassed` has something to do; nil where nothing is due.
    public var nextDeadline: Instant? {
        wards.values.compactMap { ward in
            switch ward.phase {
            case .waiting(let until), .excused(let until): until
            case .quarantined(let until): ward.isUnhealthy ? until : nil
            case .watching: ward.wellSince.map { $0 + policy.resetAfter }
            case .blocked, .restarting: nil
            }
        }.min()
    }

    /// Takes note of what happened, and says what is to be done.
    public mutating func handle(_ event: WatchEvent, at now: Instant) -> [WatchEffect] {
        var effects: [WatchEffect] = []
        switch event {
        case .found(let all, let asked):
            let present = Set(all.map(\.id))
            for id in wards.keys.sorted() where !present.contains(id) { remove(id, &effects) }
            for container in all { update(container, asked, at: now) }
        case .changed(let container, let asked): update(container, asked, at: now)
        case .removed(let id): remove(id, &effects)
        case .restarted(let id, let failure): restarted(id, failure, &effects, at: now)
        case .timePassed: break
        }
        judgeAll(&effects, at: now)
        return effects
    }

    private mutating func update(_ container: WatchedContainer, _ asked: Instant, at now: Instant) {
        let before = wards[container.id]
        if let restart = before?.restartedAt, asked < restart { return }
        wards[container.id, default: Ward(container: container)].container = container
        // What was frozen could not answer its check, and is asked again only in a while.
        if before?.container.state == .paused, before?.phase == .watching, container.state == .running {
            wards[container.id]?.phase = .excused(until: now + container.verdictTime)
        }
    }

    private mutating func remove(_ id: String, _ effects: inout [WatchEffect]) {
        guard let ward = wards[id] else { return }
        if ward.isKnownUnhealthy || ward.phase == .restarting { note(.removed, id, "was removed", &effects) }
        wards[id] = nil
    }

    private mutating func restarted(_ id: String, _ failure: String?, _ effects: inout [WatchEffect], at now: Instant) {
        guard let ward = wards[id], ward.phase == .restarting else { return }
        wards[id]?.phase = .watching
        wards[id]?.restartedAt = now
        guard let failure else {
            wards[id]?.restarts += 1
            wards[id]?.container.state = .running
            if ward.container.health != .none { wards[id]?.container.health = .starting }
            wards[id]?.owesRestarts = true
            note(.restarted, id, "restarted", &effects)
            for other in sharers(of: id) {
                restart(
                    other, "it shares the namespace of \(ward.container.name), which was restarted", &effects,
                    because: ward)
            }
            return
        }
        wards[id]?.failedRestarts += 1
        note(.restartFailed, id, "could not be restarted: \(failure)", &effects)
    }

    // MARK: Judging

    private mutating func judgeAll(_ effects: inout [WatchEffect], at now: Instant) {
        // What a judgement does may be news for others that come before it in the alphabet.
        var previous: [String: Ward.Phase] = [:]
        while true {
            for id in wards.keys.sorted() { judge(id, &effects, at: now) }
            let present = wards.mapValues(\.phase)
            guard present != previous else { return }
            previous = present
        }
    }

    private mutating func judge(_ id: String, _ effects: inout [WatchEffect], at now: Instant) {
        guard let ward = wards[id], ward.phase != .restarting else { return }
        if !ward.isUnhealthy || !ward.container.isWatched { settle(id, &effects) }
        guard ward.container.state == .running else { return }
        wards[id]?.isKnownLeftAlone = false
        switch ward.container.health {
        case .none: payRestarts(id, &effects)
        case .starting: break
        case .healthy:
            noteWell(id, &effects, at: now)
            payRestarts(id, &effects)
        case .unhealthy:
            if ward.container.isWatched { judgeUnhealthy(id, &effects, at: now) }
        }
    }

    /// Its check does not say now that it is unhealthy: what was to come of an earlier verdict is void.
    private mutating func settle(_ id: String, _ effects: inout [WatchEffect]) {
        guard let ward = wards[id] else { return }
        if ward.container.health != .healthy || ward.container.state != .running { wards[id]?.wellSince = nil }
        switch ward.phase {
        case .watching, .restarting, .quarantined: break
        case .waiting, .blocked, .excused: wards[id]?.phase = .watching
        }
        // A person has stopped or paused it, it has ended by itself, or the engine restarts it.
        guard ward.container.state != .running, ward.isKnownUnhealthy, !ward.isKnownLeftAlone else { return }
        wards[id]?.isKnownLeftAlone = true
        note(.leftAlone, id, "is \(ward.container.state.rawValue) and left alone", &effects)
    }

    private mutating func noteWell(_ id: String, _ effects: inout [WatchEffect], at now: Instant) {
        wards[id]?.phase = .watching
        guard let ward = wards[id] else { return }
        if ward.isKnownUnhealthy {
            wards[id]?.isKnownUnhealthy = false
            wards[id]?.wellSince = now
            note(.recovered, id, "is healthy again", &effects)
        }
        guard let since = wards[id]?.wellSince, since + policy.resetAfter <= now else { return }
        wards[id]?.wellSince = nil
        wards[id]?.backoff.reset()
        wards[id]?.quarantine = Quarantine()
    }

    private mutating func judgeUnhealthy(_ id: String, _ effects: inout [WatchEffect], at now: Instant) {
        guard let ward = wards[id] else { return }
        wards[id]?.wellSince = nil
        switch ward.phase {
        case .restarting: return
        case .quarantined(let until):
            guard let until, until <= now else { return }
            wards[id]?.quarantine.release()
            note(.released, id, "is tried once more after its quarantine", &effects)
            restart(id, "its quarantine is over", &effects, countedAt: now)
        case .excused(let until):
            if isBlocked(id) { wards[id]?.phase = .blocked } else if until <= now { plan(id, &effects, at: now) }
        case .waiting(let until):
            guard until <= now else { return }
            restart(id, "its health check fails", &effects, countedAt: now)
        case .blocked:
            guard !isBlocked(id) else { return }
            wards[id]?.phase = .excused(until: now + ward.container.verdictTime)
        case .watching:
            if let root = root(of: id) {
                sayUnhealthy(
                    id, "is unhealthy, as is \(root), which it needs and which is healed first", &effects,
                    because: root)
                wards[id]?.phase = .blocked
            } else {
                plan(id, &effects, at: now)
            }
        }
    }

    private mutating func plan(_ id: String, _ effects: inout [WatchEffect], at now: Instant) {
        let isOnTrial = wards[id]?.quarantine.isOnTrial == true
        if isOnTrial || wards[id]?.budget.isSpent(policy, at: now) == true {
            return enterQuarantine(id, &effects, at: now)
        }
        let wait = wards[id]?.backoff.next(policy, using: &generator) ?? .zero
        guard wait > .zero else {
            sayUnhealthy(id, "is unhealthy", &effects)
            return restart(id, "its health check fails", &effects, countedAt: now)
        }
        sayUnhealthy(id, "is unhealthy again; it is restarted in \(DurationText.format(wait))", &effects)
        wards[id]?.phase = .waiting(until: now + wait)
    }

    private mutating func enterQuarantine(_ id: String, _ effects: inout [WatchEffect], at now: Instant) {
        guard let entered = wards[id]?.quarantine.enter(policy, at: now) else { return }
        wards[id]?.phase = .quarantined(until: entered.until)
        wards[id]?.isKnownUnhealthy = true
        let count = "\(policy.budget) restarts in \(DurationText.format(policy.budgetWindow)) did not help"
        let end =
            entered.until.map { "tried once more in \(DurationText.format($0 - now))" } ?? "not restarted any more"
        note(.quarantined, id, "is unhealthy and quarantined: \(count); it is \(end)", &effects)
    }

    private mutating func sayUnhealthy(
        _ id: String, _ text: String, _ effects: inout [WatchEffect], because root: String? = nil
    ) {
        wards[id]?.isKnownUnhealthy = true
        note(.unhealthy, id, text, &effects, because: root)
    }

    // MARK: Restarting

    private mutating func restart(
        _ id: String, _ reason: String, _ effects: inout [WatchEffect], countedAt now: Instant? = nil,
        because root: Ward? = nil
    ) {
        guard let container = wards[id]?.container else { return }
        wards[id]?.cascade = (root?.cascade ?? []).union([id])
        if container.health != .none { wards[id]?.isKnownUnhealthy = true }
        if let now { wards[id]?.budget.record(at: now) }
        wards[id]?.phase = .restarting
        note(.restarting, id, "is restarted: \(reason)", &effects, because: root?.container.name)
        effects.append(.restart(container))
    }

    /// Restarts those that want to be restarted after it was.
    private mutating func payRestarts(_ id: String, _ effects: inout [WatchEffect]) {
        guard let ward = wards[id], ward.owesRestarts else { return }
        wards[id]?.owesRestarts = false
        guard let membership = ward.container.membership else { return }
        for other in wards.keys.sorted() {
            guard let dependent = wards[other]?.container, isRestartable(other), dependent.isWatched,
                dependent.membership?.project == membership.project,
                dependent.needs.contains(where: { $0.restart && $0.service == membership.service }),
                dependent.sharesNamespaceOf != id, !ward.cascade.contains(other)
            else { continue }
            restart(other, "\(ward.container.name), which it needs, was restarted", &effects, because: ward)
        }
    }

    /// They have lost the namespace they were in, and are restarted whether or not they are watched.
    private func sharers(of id: String) -> [String] {
        let cascade = wards[id]?.cascade ?? []
        return wards.keys.sorted().filter {
            wards[$0]?.container.sharesNamespaceOf == id && isRestartable($0) && !cascade.contains($0)
        }
    }

    private func isRestartable(_ id: String) -> Bool {
        wards[id].map { $0.container.state == .running && $0.phase != .restarting } ?? false
    }

    // MARK: Blame

    private func isBlocked(_ id: String) -> Bool { root(of: id) != nil }

    /// What it needs, be it by way of others, and is not well; nil where that is nothing.
    private func root(of id: String) -> String? {
        var seen: Set = [id]
        var path = needed(by: id)
        while let next = path.popLast() {
            guard seen.insert(next).inserted, let ward = wards[next] else { continue }
            // Of those that need each other, none is the root.
            if isInTrouble(ward), !allNeeded(by: next).contains(id) { return ward.container.name }
            path += needed(by: next)
        }
        return nil
    }

    private func allNeeded(by id: String) -> Set<String> {
        var seen: Set<String> = []
        var path = needed(by: id)
        while let next = path.popLast() {
            if seen.insert(next).inserted { path += needed(by: next) }
        }
        return seen
    }

    /// Whether it is not well, and somebody does something about that.
    private func isInTrouble(_ ward: Ward) -> Bool {
        switch ward.container.state {
        case .restarting: return true
        case .created, .paused, .removing, .exited, .dead: return false
        case .running: break
        }
        guard ward.phase != .restarting else { return true }
        switch ward.container.health {
        case .unhealthy: return ward.container.isWatched
        case .starting: return ward.isKnownUnhealthy || ward.owesRestarts
        case .none, .healthy: return false
        }
    }

    private func needed(by id: String) -> [String] {
        guard let container = wards[id]?.container else { return [] }
        var ids: [String] = []
        if let provider = container.sharesNamespaceOf { ids.append(provider) }
        guard let project = container.membership?.project, !container.needs.isEmpty else { return ids }
        let services = Set(container.needs.map(\.service))
        for (other, ward) in wards {
            guard let membership = ward.container.membership else { continue }
            if membership.project == project, services.contains(membership.service) { ids.append(other) }
        }
        return ids.sorted()
    }

    private func note(
        _ kind: WatchNote.Kind, _ id: String, _ text: String, _ effects: inout [WatchEffect],
        because root: String? = nil
    ) {
        guard let container = wards[id]?.container else { return }
        let text = "\(container.name) \(text)"
        effects.append(.note(WatchNote(kind: kind, container: container, text: text, because: root)))
    }
}
