internal import Stack

/// From the wish to run to a process that is ready.
extension Engine {
    /// systemd's own default (`DefaultTimeoutStartSec`).
    static let readyTimeout = Duration.seconds(90)
    /// What the shell gives one hook at the most, and a little for the answer.
    static let hookTimeout = Duration.seconds(310)

    /// Starts an instance without a process, or says what it waits for.
    mutating func startIfPossible(_ machine: InstanceMachine) {
        let instance = machine.id
        if let hindrance = hindrance(machine) {
            wait(machine, hindrance)
            return
        }
        if let failure = machine.pendingFailure {
            update(instance) { $0.pendingFailure = nil }
            judgeEnd(of: instance, failure)
            return
        }
        if machine.startKind.needsSlot, !acquireSlot(instance) {
            guard machine.lifecycle != .backoff else { return }
            update(instance) { [now] in $0.phase = .backoff(until: now) }
            return
        }
        start(machine)
    }

    /// Why an instance without a process cannot be started now, in words.
    func hindrance(_ machine: InstanceMachine) -> String? {
        let service = machine.id.service
        if isPausedByHand(service) { return "paused by hand" }
        if isInMaintenance(service), machine.startKind != .byHand { return "in maintenance" }
        if isHealingPaused, !machine.startKind.isAskedFor { return "Hale is paused" }
        if machine.pendingFailure != nil { return nil }
        if let obstacle = obstacle(for: service) { return obstacle }
        return machine.startKind.needsSlot ? blame(for: service, forEnd: true) : nil
    }

    private mutating func wait(_ machine: InstanceMachine, _ hindrance: String) {
        guard machine.phase != .waiting else { return }
        record(.waiting, machine.id, hindrance, cause: machine.lastError)
        update(machine.id) { $0.phase = .waiting }
    }

    private mutating func start(_ machine: InstanceMachine) {
        let instance = machine.id
        let specification = target(of: machine)
        let isRestart = machine.run > 0
        let kind: Entry.Kind = isRestart ? .restarting : .starting
        record(kind, instance, isRestart ? "restarting" : "starting", cause: machine.startCause)
        starts += 1
        let run = nextRun(after: machine.run)
        update(instance) { [now, starts] in
            if $0.startKind.counts { $0.ledger.recordRestart(at: now) }
            if isRestart { $0.restarts += 1 }
            $0.announcesRestart = isRestart
            $0.run = run
            $0.startOrder = starts
            $0.phase = .starting(Startup())
            $0.live(by: specification)
            $0.launch = specification.launch
            $0.isOutdated = false
            $0.restartAfter = nil
            $0.restartByHand = nil
            $0.stopGrace = nil
            $0.signalledByHand = nil
            $0.firstFailure = nil
            $0.callsFailedAt = nil
            $0.statusText = nil
        }
        effects.append(.start(instance, run: run))
    }

    // MARK: Answers

    mutating func started(_ instance: InstanceID, run: Int, pid: Int32) {
        guard let machine = current(instance, run: run) else { return }
        let service = machine.specification
        let process = RunningProcess(pid: pid, startedAt: now, isAdopted: false)
        switch machine.phase {
        case .starting(var startup):
            guard startup.process == nil else { return }
            startup.process = process
            record(.started, instance, "started as pid \(pid)", cause: machine.startCause)
            if service.launch.notify { startup.readyBy = now + Self.readyTimeout }
            let hooks = service.hooks.postStart
            if !hooks.isEmpty {
                startup.hooksBy = hookDeadline(hooks.count)
                effects.append(.runHooks(instance, run: run, .postStart))
            }
            update(instance) { [now] in
                $0.phase = .starting(startup)
                $0.health = HealthMonitor(service.check, startedAt: now)
                $0.watchdog = service.launch.notify ? nil : service.launch.watchdog.map { now + $0.atLeastMillisecond }
            }
            probeIfDue(instance)
            completeStart(instance)
        case .stopping(var stopping):
            guard stopping.process == nil else { return }
            stopping.process = process
            record(.started, instance, "started as pid \(pid), to be stopped", cause: machine.startCause)
            update(instance) { $0.phase = .stopping(stopping) }
            askToEnd(instance, thawing: false)
        case .pending, .waiting, .running, .paused, .backoff, .stopped, .completed, .failed, .quarantined:
            return
        }
    }

    func hookDeadline(_ count: Int) -> Instant {
        now + .seconds(Self.hookTimeout.components.seconds * Int64(min(count, 1_000)))
    }

    mutating func startFailed(_ instance: InstanceID, run: Int, reason: String) {
        guard let machine = current(instance, run: run), machine.process == nil else { return }
        record(.startFailed, instance, "could not be started: \(reason)", cause: reason)
        processEnded(instance, .startFailed(reason))
    }

    mutating func ready(_ instance: InstanceID, run: Int) {
        guard let machine = current(instance, run: run), case .starting(var startup) = machine.phase,
            startup.process != nil, startup.readyBy != nil
        else { return }
        startup.readyBy = nil
        record(.ready, instance, "says that it is ready")
        let watchdog = machine.specification.launch.watchdog
        update(instance) { [now] in
            $0.phase = .starting(startup)
            $0.watchdog = watchdog.map { now + $0.atLeastMillisecond }
        }
        completeStart(instance)
    }

    mutating func hooksFinished(_ instance: InstanceID, run: Int, _ hooks: HookPhase, failure: String?) {
        guard let machine = current(instance, run: run) else { return }
        switch (hooks, machine.phase) {
        case (.postStart, .starting(var startup)):
            guard startup.hooksBy != nil else { return }
            if let failure {
                postStartFailed(instance, failure)
                return
            }
            startup.hooksBy = nil
            update(instance) { $0.phase = .starting(startup) }
            completeStart(instance)
        case (.preStop, .stopping(let stopping)):
            guard case .hooks = stopping.stage else { return }
            if let failure { record(.hookFailed, instance, "pre_stop failed: \(failure)", cause: failure) }
            record(.stopping, instance, "its pre_stop hooks are done", cause: machine.startCause)
            askToEnd(instance, thawing: false)
        case (.postStart, _), (.preStop, _):
            return
        }
    }

    private mutating func postStartFailed(_ instance: InstanceID, _ failure: String) {
        record(.hookFailed, instance, "post_start failed: \(failure)", cause: failure)
        beginStop(instance, .repair(.startFailed("post_start failed: \(failure)")))
    }

    /// A start that is not complete in time has failed.
    mutating func startupOverdue(_ instance: InstanceID, _ startup: Startup) {
        guard !isUntouchable(instance.service) else {
            var patient = startup
            patient.readyBy = startup.readyBy.map { max($0, now + Self.readyTimeout) }
            patient.hooksBy = startup.hooksBy.map { max($0, now + Self.hookTimeout) }
            update(instance) { $0.phase = .starting(patient) }
            return
        }
        if let hooksBy = startup.hooksBy, hooksBy <= now {
            postStartFailed(instance, "no end in sight")
        } else if let readyBy = startup.readyBy, readyBy <= now {
            let reason = "did not say in time that it is ready"
            record(.startFailed, instance, reason, cause: reason)
            beginStop(instance, .repair(.startFailed(reason)))
        }
    }

    private mutating func completeStart(_ instance: InstanceID) {
        guard case .starting(let startup) = instances[instance]?.phase, let process = startup.process,
            startup.readyBy == nil, startup.hooksBy == nil
        else { return }
        update(instance) { $0.phase = .running(process) }
    }

    // MARK: Restart slots

    mutating func acquireSlot(_ instance: InstanceID) -> Bool {
        if slots.acquire(instance, limit: restartConcurrency - (standingOrders == .withheld ? 0 : 1)) { return true }
        withdrawStandingOrders()
        return false
    }

    mutating func releaseSlot(_ instance: InstanceID) {
        for next in slots.release(instance) { touch(next) }
    }

    /// A slot is held from the begin of a restart to its first verdict; not while it can only wait for a dependency.
    mutating func releaseSlotIfDone(_ machine: InstanceMachine) {
        guard slots.holders.contains(machine.id) else { return }
        let inProgress: Bool
        switch machine.phase {
        case .starting: inProgress = true
        case .running: inProgress = machine.health.verdict == .starting
        case .stopping(let stopping):
            switch stopping.purpose {
            case .repair, .dependencyRestart: inProgress = true
            case .byHand, .shutDown, .removal, .replacement, .restartByHand, .ownWill: inProgress = false
            }
        case .pending, .waiting, .paused, .backoff, .stopped, .completed, .failed, .quarantined: inProgress = false
        }
        let canOnlyWait = machine.lifecycle != .stopping && needsWhatIsDown(machine.id.service)
        if !inProgress || canOnlyWait { releaseSlot(machine.id) }
    }
}
