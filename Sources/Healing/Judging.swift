internal import Stack

/// From probes and heartbeats to a verdict, and from the verdict to a repair.
extension Engine {
    mutating func probed(_ instance: InstanceID, run: Int, _ result: ProbeResult) {
        guard let machine = current(instance, run: run), machine.isJudged, let check = machine.specification.check
        else { return }
        switch result {
        case .passed: probePassed(machine, check)
        case .failed(let reason): probeFailed(machine, check, reason)
        }
    }

    private mutating func probePassed(_ machine: InstanceMachine, _ check: HealthCheck) {
        var health = machine.health
        guard health.passed(check, at: now) else { return }
        if machine.health.verdict != .healthy { record(.healthy, machine.id, "healthy") }
        update(machine.id) {
            $0.health = health
            if !$0.conviction.isForWatchdog { $0.conviction = .none }
        }
    }

    private mutating func probeFailed(_ machine: InstanceMachine, _ check: HealthCheck, _ reason: String) {
        guard let restart = services[machine.id.service]?.service.restart else { return }
        var health = machine.health
        guard health.failed(reason, check, at: now, isAwaitingRepair: restart.condition != .no) else { return }
        acceptFailure(machine, health, check, .probeFailed(reason))
    }

    private mutating func acceptFailure(
        _ machine: InstanceMachine, _ health: HealthMonitor, _ check: HealthCheck, _ cause: FailureCause
    ) {
        update(machine.id) {
            $0.health = health
            if health.failures == 1 { $0.firstFailure = cause.sentence }
        }
        guard health.verdict == .unhealthy else { return suspect(machine.id, health, cause) }
        if machine.health.verdict != .unhealthy {
            record(.unhealthy, machine.id, cause.sentence, cause: cause.sentence)
        }
        update(machine.id) { $0.lastError = cause.sentence }
        guard health.failures >= max(check.retries, 1) else { return }
        noteTrouble(machine.id, cause, since: health.failingSince)
        if services[machine.id.service]?.service.restart.condition == .no,
            blame(for: machine.id.service, forEnd: false) == nil, noteUpdateFailure(machine.id, cause)
        {
            return
        }
        considerRepair(machine.id, cause)
    }

    /// A first failure that counts may be the first sign of an incident.
    private mutating func suspect(_ instance: InstanceID, _ health: HealthMonitor, _ cause: FailureCause) {
        guard health.failures == 1 else { return }
        record(.suspected, instance, "a first probe failed: \(cause.detail)", cause: cause.sentence)
    }

    mutating func heartbeat(_ instance: InstanceID, run: Int) {
        guard let machine = current(instance, run: run), machine.isJudged else { return }
        let service = machine.specification
        var health = machine.health
        if let check = service.check { health.beat(check, at: now) }
        if health.verdict == .healthy, machine.health.verdict != .healthy {
            record(.healthy, instance, "healthy: it says so itself")
        }
        update(instance) { [now] in
            $0.health = health
            if $0.watchdog != nil || $0.conviction.isForWatchdog {
                $0.watchdog = service.launch.watchdog.map { now + $0.atLeastMillisecond }
            }
            if $0.conviction.isForWatchdog { $0.conviction = .none }
        }
    }

    mutating func statusText(_ instance: InstanceID, run: Int, _ text: String) {
        guard current(instance, run: run) != nil else { return }
        update(instance) { $0.statusText = text }
    }

    // MARK: Deadlines

    /// Probes, or counts what did not come in time.
    mutating func probeIfDue(_ instance: InstanceID) {
        guard let machine = instances[instance], machine.isJudged, let check = machine.specification.check,
            let due = machine.health.due(check, at: now)
        else { return }
        switch due {
        case .probe: beginProbe(instance, check)
        case .unansweredProbe:
            effects.append(.cancelProbe(instance, run: machine.run))
            probeFailed(machine, check, "no answer within \(DurationText.format(check.timeout))")
        case .missedHeartbeat:
            var health = machine.health
            health.heartbeatMissed(check, at: now)
            acceptFailure(machine, health, check, .heartbeatMissed)
        }
    }

    mutating func watchdogIfDue(_ instance: InstanceID) {
        guard let machine = instances[instance], machine.isJudged, let due = machine.watchdog, due <= now,
            let restart = services[instance.service]?.service.restart
        else { return }
        let next = machine.specification.launch.watchdog.map { now + $0.atLeastMillisecond }
        update(instance) { $0.watchdog = next }
        guard !isUntouchable(instance.service), restart.condition != .no else { return }
        let cause = FailureCause.heartbeatMissed
        record(.unhealthy, instance, cause.sentence, cause: cause.sentence)
        update(instance) { $0.lastError = cause.sentence }
        noteTrouble(instance, cause)
        considerRepair(instance, cause)
    }

    mutating func beginProbe(_ instance: InstanceID, _ check: HealthCheck) {
        guard let machine = instances[instance] else { return }
        if machine.health.isProbing { effects.append(.cancelProbe(instance, run: machine.run)) }
        update(instance) { [now] in $0.health.probeBegins(check, at: now) }
        effects.append(.probe(instance, run: machine.run, timeout: check.timeout))
    }

    /// Asks at once and with a clean slate.
    mutating func recheck(_ instance: InstanceID) {
        guard let machine = instances[instance], machine.isJudged else { return }
        let service = machine.specification
        if machine.health.isProbing { effects.append(.cancelProbe(instance, run: machine.run)) }
        confirming.remove(instance)
        update(instance) { [now] in
            $0.conviction = .none
            $0.health.resume(service.check, at: now)
            if $0.watchdog != nil { $0.watchdog = service.launch.watchdog.map { now + $0.atLeastMillisecond } }
        }
        probeIfDue(instance)
    }

    /// No more probes nor heartbeats: the process ends or is frozen.
    mutating func stopJudging(_ instance: InstanceID) {
        guard let machine = instances[instance] else { return }
        if machine.health.isProbing { effects.append(.cancelProbe(instance, run: machine.run)) }
        confirming.remove(instance)
        update(instance) {
            $0.health.suspend()
            $0.watchdog = nil
            $0.conviction = .none
        }
    }

    // MARK: Conviction

    /// Looks again at an instance that was found bad before.
    mutating func reconsider(_ machine: InstanceMachine) {
        switch machine.conviction {
        case .none: return
        case .confirming(let cause, _), .blamed(let cause): considerRepair(machine.id, cause)
        }
    }

    /// Repairs an instance that was found bad, unless someone else is at fault or nobody may touch it.
    private mutating func considerRepair(_ instance: InstanceID, _ cause: FailureCause) {
        guard let machine = instances[instance], machine.isJudged, wish(for: instance) == .run,
            services[instance.service]?.service.restart.condition != .no, !isUntouchable(instance.service)
        else { return }
        if let blame = blame(for: instance.service, forEnd: false) {
            hold(machine, cause, blame)
            return
        }
        switch machine.conviction {
        case .none:
            let witnesses = witnesses(for: machine)
            if witnesses.isEmpty { return convict(machine, cause) }
            for witness in witnesses { askAtOnce(witness) }
            setConviction(instance, .confirming(cause, awaiting: witnesses))
        case .confirming(_, let awaiting):
            let rest = awaiting.filter { instances[$0]?.health.isProbing == true }
            if rest.isEmpty {
                convict(machine, cause)
            } else if rest != awaiting {
                setConviction(instance, .confirming(cause, awaiting: rest))
            }
        case .blamed:
            record(.unblocked, instance, "its dependencies are well again: asking it anew", cause: cause.sentence)
            recheck(instance)
        }
    }

    private mutating func hold(_ machine: InstanceMachine, _ cause: FailureCause, _ blame: String) {
        if case .blamed = machine.conviction { return }
        record(.waiting, machine.id, "left alone: \(blame)", cause: cause.sentence)
        setConviction(machine.id, .blamed(cause))
    }

    private mutating func convict(_ machine: InstanceMachine, _ cause: FailureCause) {
        if noteUpdateFailure(machine.id, cause) { return }
        guard acquireSlot(machine.id) else {
            let queued = Conviction.confirming(cause, awaiting: [])
            if machine.conviction != queued { setConviction(machine.id, queued) }
            return
        }
        beginStop(machine.id, .repair(cause))
    }

    private mutating func setConviction(_ instance: InstanceID, _ conviction: Conviction) {
        // Who only waits for a restart slot is told when one is free.
        if case .confirming(_, let awaiting) = conviction, !awaiting.isEmpty {
            confirming.insert(instance)
        } else {
            confirming.remove(instance)
        }
        update(instance) { $0.conviction = conviction }
    }

    /// The instances of its dependencies that have not shown since its first failure that they are well.
    private func witnesses(for machine: InstanceMachine) -> [InstanceID] {
        let since = machine.health.failingSince ?? now
        return allDependencies(of: machine.id.service).flatMap { name in
            (services[name]?.members ?? []).filter { member in
                guard let other = instances[member], case .running = other.phase,
                    let check = other.specification.check, check.heartbeatInterval == nil
                else { return false }
                return other.health.lastPassed.map { $0 <= since } ?? true
            }
        }
    }

    private mutating func askAtOnce(_ instance: InstanceID) {
        guard let machine = instances[instance], !machine.health.isProbing, let check = machine.specification.check
        else { return }
        beginProbe(instance, check)
    }
}

extension Conviction {
    var isForWatchdog: Bool {
        switch self {
        case .none: false
        case .confirming(let cause, _), .blamed(let cause): cause == .heartbeatMissed
        }
    }
}
