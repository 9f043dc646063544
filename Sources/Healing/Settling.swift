internal import Stack

/// Brings instances from what they are to what is wanted of them, level by level: nothing here depends on which event
/// made them be looked at.
extension Engine {
    /// What is wanted of an instance.
    enum Wish: Equatable {
        case run
        case stopped
        case absent
    }

    func wish(for instance: InstanceID) -> Wish {
        guard let record = services[instance.service], !record.isRemoved,
            isWanted(instance.number, of: record)
        else { return .absent }
        return shutDown != nil || wills[instance.service]?.stopped == true ? .stopped : .run
    }

    func isInMaintenance(_ service: String) -> Bool {
        guard let until = wills[service]?.maintenanceUntil else { return false }
        return now < until
    }

    func isPausedByHand(_ service: String) -> Bool {
        wills[service]?.paused == true
    }

    mutating func settleAll() {
        // What the event changed must be known of every service before anyone acts on it.
        if agenda.services.count > 1 {
            for service in agenda.services.sorted() { summarize(service) }
        }
        // Each step brings an instance forward, so the work ends by itself; the bound only keeps a mistake from
        // hanging the stack.
        var steps = 10_000 + 100 * instances.count
        while steps > 0, let instance = agenda.next() {
            settle(instance)
            advanceUpdate(of: instance.service)
            noteShown(instance)
            updateStandingOrder(for: instance)
            summarize(instance.service)
            steps -= 1
        }
        allowStandingOrderIfIdle()
        completeShutDown()
        for service in agenda.services.sorted() { updateRouting(of: service) }
    }

    private mutating func settle(_ instance: InstanceID) {
        guard let machine = instances[instance] else { return }
        switch machine.phase {
        case .pending, .waiting: settleIdle(machine)
        case .backoff(let until):
            if wish(for: instance) != .run || until <= now { settleIdle(machine) }
        case .quarantined(let until): settleQuarantined(machine, until: until)
        case .stopped, .completed, .failed: settleEnded(machine)
        case .starting, .running, .paused: settleLive(machine)
        case .stopping(let stopping): advance(instance, stopping)
        }
    }

    /// An instance without a process that is not at an end.
    private mutating func settleIdle(_ machine: InstanceMachine) {
        let instance = machine.id
        switch wish(for: instance) {
        case .absent: forget(instance)
        case .stopped: markStopped(machine)
        case .run: startIfPossible(machine)
        }
    }

    private mutating func settleEnded(_ machine: InstanceMachine) {
        switch wish(for: machine.id) {
        case .absent: forget(machine.id)
        case .stopped: return
        case .run:
            guard machine.phase == .stopped else { return }
            update(machine.id) {
                $0.phase = .pending
                $0.startKind = .first
                $0.startCause = "it is part of the stack"
            }
        }
    }

    private mutating func settleQuarantined(_ machine: InstanceMachine, until: Instant?) {
        switch wish(for: machine.id) {
        case .absent: forget(machine.id)
        case .stopped: if wills[machine.id.service]?.stopped == true { markStopped(machine) }
        case .run:
            guard let until, until <= now else { return }
            record(.released, machine.id, "released from quarantine for one try", cause: machine.lastError)
            update(machine.id) {
                $0.ledger.release()
                $0.phase = .backoff(until: until)
                $0.startKind = .repair
                $0.startCause = "released from quarantine for one try"
            }
        }
    }

    private mutating func settleLive(_ machine: InstanceMachine) {
        if let purpose = stopPurpose(machine) {
            if isBlockedByDependents(machine.id, purpose) { return }
            if purpose == .dependencyRestart, !acquireSlot(machine.id) { return }
            beginStop(machine.id, purpose)
            return
        }
        let isPaused = isPausedByHand(machine.id.service)
        switch machine.phase {
        case .running(let process) where isPaused: freeze(machine, process)
        case .paused(let process) where !isPaused: thaw(machine, process)
        case .starting, .running: reconsider(machine)
        case .pending, .waiting, .paused, .stopping, .backoff, .stopped, .completed, .failed, .quarantined: return
        }
    }

    /// What a living instance is to be stopped for, if anything; its own failures are judged elsewhere.
    private func stopPurpose(_ machine: InstanceMachine) -> StopPurpose? {
        switch wish(for: machine.id) {
        case .absent: return .removal
        case .stopped: return shutDown == nil ? .byHand : .shutDown
        case .run: break
        }
        if machine.restartByHand != nil { return .restartByHand }
        guard !isSetAside(machine.id.service) else { return nil }
        if machine.isOutdated { return .replacement }
        guard !isHealingPaused, machine.restartAfter != nil, obstacle(for: machine.id.service) == nil,
            blame(for: machine.id.service, forEnd: true) == nil
        else { return nil }
        return .dependencyRestart
    }

    /// Whether a live instance is about to be stopped for its own sake.
    func isToBeStopped(_ machine: InstanceMachine) -> Bool {
        switch stopPurpose(machine) {
        case .byHand, .shutDown, .removal, .replacement, .restartByHand: true
        case nil, .dependencyRestart, .repair, .ownWill: false
        }
    }

    /// Paused or in maintenance, or Hale is: nothing is done to it that no person asked for.
    func isUntouchable(_ service: String) -> Bool {
        isSetAside(service) || isHealingPaused
    }

    /// Paused or in maintenance: not even a changed configuration is applied to it yet.
    func isSetAside(_ service: String) -> Bool {
        isPausedByHand(service) || isInMaintenance(service)
    }

    private mutating func forget(_ instance: InstanceID) {
        instances[instance] = nil
        memories[instance] = nil
        histories[instance] = nil
        releaseSlot(instance)
        confirming.remove(instance)
        roster.removeAll { $0 == instance }
        services[instance.service]?.members.removeAll { $0 == instance }
        guard let record = services[instance.service], record.isRemoved, record.members.isEmpty else { return }
        for dependency in record.dependencies { touchAll(of: dependency.service) }
        services[instance.service] = nil
        updates[instance.service] = nil
        wills[instance.service] = nil
    }

    private mutating func markStopped(_ machine: InstanceMachine) {
        let cause = shutDown == nil ? "stopped by hand" : "the stack is going down"
        record(.stopped, machine.id, "stopped", cause: cause)
        releaseSlot(machine.id)
        update(machine.id) {
            $0.phase = .stopped
            $0.pendingFailure = nil
            $0.restartAfter = nil
            $0.restartByHand = nil
        }
    }

    private mutating func completeShutDown() {
        guard let current = shutDown, !current.isComplete, !instances.values.contains(where: \.isLive) else { return }
        shutDown?.isComplete = true
        record(.stopped, service: nil, "everything is stopped", cause: "the stack was taken down")
        effects.append(.allStopped)
    }

    /// Keeps "since" true: it begins anew whenever what people see changes.
    private mutating func noteShown(_ instance: InstanceID) {
        guard let index = instances.index(forKey: instance), let service = services[instance.service]?.service else {
            return
        }
        let machine = instances.values[index]
        let isUpdating = updates[instance.service]?.isUnderWay == true
        let shown = InstanceMachine.Shown(state: machine.lifecycle, health: machine.health.verdict)
        if machine.shown != shown {
            instances.values[index].shown = shown
            instances.values[index].since = now
            remember(machine)
        }
        instances.values[index].wellSince = machine.isSustainedlyWell ? machine.wellSince ?? now : nil
        // Who depends on it follows an update once, at its end.
        if machine.announcesRestart, machine.isWell, !isUpdating { announceRestart(machine, service) }
        rememberRestarts(instances.values[index])
        releaseSlotIfDone(machine)
    }

    /// Tells those who want to be restarted with `machine` that it was, now that it is well again.
    private mutating func announceRestart(_ machine: InstanceMachine, _ service: Service) {
        instances[machine.id]?.announcesRestart = false
        for dependent in services[service.name]?.dependents ?? [] {
            guard let record = services[dependent],
                record.dependencies.contains(where: { $0.service == service.name && $0.restart })
            else { continue }
            for member in record.members {
                guard let other = instances[member], other.isLive, other.startOrder < machine.startOrder else {
                    continue
                }
                update(member) { $0.restartAfter = service.name }
            }
        }
    }
}
