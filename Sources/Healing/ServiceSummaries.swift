internal import Stack

/// What services may care about in one another, and who looks again when it changes.
extension Engine {
    /// Looks at a service anew and lets everyone look who may care about what changed.
    mutating func summarize(_ service: String) {
        guard let index = services.index(forKey: service) else { return }
        let old = services.values[index].summary
        let new = summary(of: services.values[index])
        guard new != old else { return }
        services.values[index].summary = new
        incidentBook.isDue = true
        let record = services.values[index]
        for dependent in record.dependents { touchAll(of: dependent) }
        if !new.isLeaving && old.isLeaving || new.live < old.live && (shutDown != nil || record.isRemoved) {
            // Those it needs, directly or not, may have waited for it to go before they go themselves.
            for name in allDependencies(of: service) { touchAll(of: name) }
        } else if new.live < old.live {
            for dependency in record.dependencies { touchAll(of: dependency.service) }
        }
        guard new.isWell != old.isWell else { return }
        for dependent in allDependents(of: service) {
            touchAll(of: dependent)
            guard new.isWell, old.isDown else { continue }
            for member in services[dependent]?.members ?? [] { recheckAfterOutage(member) }
        }
    }

    /// A dependency is back after it was down: its dependents are asked first, before anything is done about them.
    private mutating func recheckAfterOutage(_ instance: InstanceID) {
        guard let machine = instances[instance], machine.isJudged, !isPausedByHand(instance.service),
            machine.health.verdict != .none || machine.conviction != .none
        else { return }
        recheck(instance)
    }

    private func summary(of record: ServiceRecord) -> ServiceSummary {
        var tally = Tally()
        for member in record.members {
            guard let machine = instances[member] else { continue }
            tally.add(machine, record, isWanted: wish(for: member) != .absent)
            if machine.isLive {
                tally.live += 1
                if machine.lifecycle == .stopping || isToBeStopped(machine) { tally.leaving += 1 }
            }
        }
        return tally.summary
    }
}

/// Counts the instances of one service by what others may care about.
private struct Tally {
    var live = 0
    var leaving = 0
    private var all = 0
    private var well = 0
    private var suspected = 0
    private var leftAlone = 0
    private var completed = 0
    private var isJobDone = false
    private var over = 0
    /// Instances that are wanted and not down for good, and how many of them serve.
    private var candidates = 0
    private var started = 0
    private var serving = 0
    private var healthy = 0

    mutating func add(_ machine: InstanceMachine, _ record: ServiceRecord, isWanted: Bool) {
        let isCompleted = machine.phase == .completed
        all += 1
        if machine.isWell { well += 1 }
        if machine.isOnlySuspected { suspected += 1 }
        if machine.isLeftAlone(record.service.restart) { leftAlone += 1 }
        if isCompleted { completed += 1 }
        // A job that is done is no loss; a service with a check that has ended is.
        if isCompleted, record.isOneShot || machine.specification.check == nil { isJobDone = true }
        if machine.isOver || isCompleted || machine.phase == .stopped { over += 1 }
        guard isWanted, !machine.isOver else { return }
        candidates += 1
        if machine.hasStarted { started += 1 }
        if !isCompleted { serving += 1 }
        if machine.isHealthy { healthy += 1 }
    }

    var summary: ServiceSummary {
        ServiceSummary(
            isWell: isJobDone || well > 0,
            isDown: !isJobDone && well == 0 && suspected == 0,
            isLeftAlone: leftAlone > 0,
            isStarted: candidates > 0 && started == candidates,
            isHealthy: serving > 0 && healthy == serving,
            isCompleted: all > 0 && completed == all,
            isOver: over == all,
            live: live,
            isLeaving: leaving > 0)
    }
}

extension InstanceMachine {
    /// It ended badly and nothing is going to change that by itself soon.
    fileprivate var isOver: Bool {
        switch phase {
        case .failed, .quarantined: true
        case .pending, .waiting, .starting, .running, .paused, .stopping, .backoff, .stopped, .completed: false
        }
    }

    /// It does not what it is there for, and its policy lets that be.
    fileprivate func isLeftAlone(_ policy: RestartPolicy) -> Bool {
        switch phase {
        case .running: policy.condition == .no
        case .completed: true
        case .pending, .waiting, .starting, .paused, .stopping, .backoff, .stopped, .failed, .quarantined: false
        }
    }

    fileprivate var hasStarted: Bool {
        switch phase {
        case .running, .completed: true
        case .pending, .waiting, .starting, .paused, .stopping, .backoff, .stopped, .failed, .quarantined: false
        }
    }

    fileprivate var isHealthy: Bool {
        guard case .running = phase else { return false }
        return health.verdict == .healthy || health.verdict == .none
    }

    /// It failed, but not often enough for a verdict.
    fileprivate var isOnlySuspected: Bool {
        guard case .running = phase else { return false }
        return health.verdict == .healthy
    }
}
