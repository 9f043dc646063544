internal import Stack

/// Signal, grace, then kill.
extension Engine {
    /// How long a killed process may take to be gone before it is killed again.
    static let killAgain = Duration.seconds(5)
    /// The longest grace of a hung instance without data.
    static let hungGrace = Duration.seconds(2)

    mutating func beginStop(_ instance: InstanceID, _ purpose: StopPurpose) {
        guard let machine = instances[instance] else { return }
        let service = machine.specification
        let cause = sentence(purpose, of: instance)
        // Before anything that may make it end.
        revokeStandingOrder(instance)
        stopJudging(instance)
        if case .repair(let failure) = purpose {
            noteTrouble(instance, failure, since: machine.health.failingSince)
            noteAction(instance)
            record(.restartPlanned, instance, "stopping it to start it again", cause: cause)
        }
        record(.stopping, instance, "stopping", cause: cause)
        if machine.lifecycle == .paused { effects.append(.thaw(instance, run: machine.run)) }
        let stopping = Stopping(
            process: machine.process, purpose: purpose, stage: .awaitingStart,
            grace: grace(machine, service, purpose))
        update(instance) {
            $0.phase = .stopping(stopping)
            $0.startCause = cause
            if purpose == .restartByHand || purpose == .byHand {
                $0.restartByHand = nil
                $0.stopGrace = nil
            }
        }
        guard machine.process != nil else { return }
        if let time = drainTime(machine, stopping) {
            drain(machine, for: time)
        } else {
            end(instance, stopping)
        }
    }

    /// Has it end, its connections being over: its hooks come first.
    mutating func end(_ instance: InstanceID, _ stopping: Stopping) {
        guard let machine = instances[instance] else { return }
        let hooks = machine.specification.hooks.preStop
        if stopping.purpose.runsHooks, !hooks.isEmpty {
            setStage(instance, .hooks(until: hookDeadline(hooks.count)))
            effects.append(.runHooks(instance, run: machine.run, .preStop))
        } else {
            askToEnd(instance, thawing: stopping.purpose.isRepair)
        }
    }

    /// Sends the stop signal. A process that may be frozen by a signal is thawed first, or it could never heed it.
    mutating func askToEnd(_ instance: InstanceID, thawing: Bool) {
        guard let machine = instances[instance], case .stopping(let stopping) = machine.phase else { return }
        let policy = machine.specification.stop
        if thawing { effects.append(.thaw(instance, run: machine.run)) }
        effects.append(.signal(instance, run: machine.run, policy.signal))
        setStage(instance, .asked(until: now + stopping.grace))
    }

    /// Does what is due in a stop under way.
    mutating func advance(_ instance: InstanceID, _ stopping: Stopping) {
        switch stopping.stage {
        case .awaitingStart: return
        case .draining(let until):
            if shutDown != nil {
                endDrain(instance, stopping, "the stack is going down")
            } else if until <= now {
                endDrain(instance, stopping, "its clients had their time")
            }
        case .hooks(let until):
            guard until <= now else { return }
            record(.hookFailed, instance, "pre_stop took too long", cause: "no end in sight")
            askToEnd(instance, thawing: false)
        case .asked(let until):
            guard until <= now else { return }
            kill(instance, "it did not end within \(DurationText.format(stopping.grace))")
        case .killed(let again):
            guard again <= now else { return }
            kill(instance, "it is still there")
        }
    }

    private mutating func kill(_ instance: InstanceID, _ cause: String) {
        guard let machine = instances[instance] else { return }
        record(.killed, instance, "killing it", cause: cause)
        effects.append(.kill(instance, run: machine.run))
        setStage(instance, .killed(again: now + Self.killAgain))
    }

    /// A person or the instance itself changes how long a stop may take.
    mutating func setStage(_ instance: InstanceID, _ stage: Stopping.Stage) {
        guard case .stopping(var stopping) = instances[instance]?.phase else { return }
        stopping.stage = stage
        update(instance) { $0.phase = .stopping(stopping) }
    }

    mutating func stoppingItself(_ instance: InstanceID, run: Int) {
        guard let machine = current(instance, run: run), machine.isJudged, let process = machine.process else { return }
        let policy = machine.specification.stop
        record(.stopping, instance, "says that it is ending", cause: "its own will")
        revokeStandingOrder(instance)
        stopJudging(instance)
        update(instance) { [now] in
            $0.phase = .stopping(
                Stopping(
                    process: process, purpose: .ownWill, stage: .asked(until: now + max(policy.grace, .zero)),
                    grace: policy.grace))
        }
    }

    mutating func extendTimeout(_ instance: InstanceID, run: Int, by time: Duration) {
        guard let machine = current(instance, run: run) else { return }
        switch machine.phase {
        case .starting(var startup):
            guard let readyBy = startup.readyBy else { return }
            startup.readyBy = max(readyBy, now + time)
            update(instance) { $0.phase = .starting(startup) }
        case .stopping(let stopping):
            guard case .asked(let until) = stopping.stage else { return }
            setStage(instance, .asked(until: max(until, now + time)))
        case .pending, .waiting, .running, .paused, .backoff, .stopped, .completed, .failed, .quarantined:
            return
        }
    }

    private func grace(_ machine: InstanceMachine, _ service: Service, _ purpose: StopPurpose) -> Duration {
        let own = max(service.stop.grace, .zero)
        let grace =
            switch purpose {
            case .byHand: machine.stopGrace ?? own
            case .restartByHand: machine.restartByHand?.grace ?? own
            case .shutDown: shutDown?.grace ?? own
            case .repair: service.hasDataVolume || machine.isOutdated ? own : min(own, Self.hungGrace)
            case .removal, .replacement, .dependencyRestart, .ownWill: own
            }
        return max(grace, .zero)
    }

    func sentence(_ purpose: StopPurpose, of instance: InstanceID) -> String {
        switch purpose {
        case .byHand: "stopped by hand"
        case .shutDown: "the stack is going down"
        case .removal: "it is no longer part of the stack"
        case .replacement: "its configuration was changed"
        case .restartByHand: "restarted by hand"
        case .dependencyRestart: "\(instances[instance]?.restartAfter ?? "a dependency") was restarted"
        case .repair(let cause): cause.sentence
        case .ownWill: "its own will"
        }
    }

    /// Whether `instance` must go on until those who need it and are to go too have ended.
    func isBlockedByDependents(_ instance: InstanceID, _ purpose: StopPurpose) -> Bool {
        switch purpose {
        case .shutDown:
            return allDependents(of: instance.service).contains { services[$0]?.summary.live ?? 0 > 0 }
        case .removal:
            guard services[instance.service]?.isRemoved == true else { return false }
            return allDependents(of: instance.service).contains { services[$0]?.summary.isLeaving == true }
        case .replacement:
            return allDependents(of: instance.service).contains { services[$0]?.summary.isLeaving == true }
        case .byHand, .restartByHand, .dependencyRestart, .repair, .ownWill:
            return false
        }
    }
}

extension StopPurpose {
    var isRepair: Bool {
        guard case .repair = self else { return false }
        return true
    }

    /// Whether the service's pre-stop hooks run before. Not for a hung instance, which could not answer them, nor for
    /// one whose service is gone from the configuration together with its hooks.
    var runsHooks: Bool {
        switch self {
        case .byHand, .shutDown, .replacement, .restartByHand, .dependencyRestart: true
        case .removal, .repair, .ownWill: false
        }
    }
}

extension FailureCause {
    /// The cause in words, without the verdict.
    var detail: String {
        switch self {
        case .probeFailed(let reason), .startFailed(let reason): reason
        case .exited, .signalled, .outOfMemory, .heartbeatMissed: sentence
        }
    }

    /// The cause in words.
    var sentence: String {
        switch self {
        // Exit codes are 0 to 255.
        case .exited(let code) where code < 0: "ended, and how is not known: its keeper had been replaced"
        case .exited(let code): "exited with code \(code)"
        case .signalled(let signal): "ended by \(SignalNames.name(signal))"
        case .outOfMemory: "ended for want of memory"
        case .probeFailed(let reason): "unhealthy: \(reason)"
        case .heartbeatMissed: "missed its heartbeat"
        case .startFailed(let reason): reason
        }
    }
}
