internal import Stack

/// What follows when a process has ended.
extension Engine {
    mutating func exited(_ instance: InstanceID, run: Int, _ exit: Exit) {
        guard isConfigured else {
            earlyEnds.append(EarlyEnd(instance: instance, run: run, exit: exit))
            return
        }
        if let successor = exit.successor, let known = current(instance, run: successor.run)?.process,
            known.pid == successor.pid
        {
            // The healer before this one may have died after it had written that down.
            guard (histories[instance]?.run ?? 0) < successor.run else { return }
            recordEnd(of: instance, exit)
            countSuccession(instance, FailureCause(exit))
            return
        }
        // A start is answered before its end is told. An end that comes first is that of an earlier healer's run, whose
        // number happened to be the same.
        guard current(instance, run: run)?.process != nil else { return }
        let cause = FailureCause(exit)
        recordEnd(of: instance, exit)
        if let successor = exit.successor {
            succeeded(instance, cause, by: successor)
        } else {
            processEnded(instance, cause)
        }
    }

    private mutating func recordEnd(of instance: InstanceID, _ exit: Exit) {
        let cause = FailureCause(exit)
        record(.exited, instance, cause.sentence, cause: cause.sentence)
        update(instance) {
            switch exit.status {
            case .code(let code): $0.exitCode = code
            case .signal(let signal): $0.exitCode = 128 &+ signal
            case .unknown: $0.exitCode = nil
            }
        }
    }

    /// The process is gone, or there never was one.
    mutating func processEnded(_ instance: InstanceID, _ cause: FailureCause) {
        guard let machine = instances[instance] else { return }
        stopJudging(instance)
        let check = machine.specification.check
        let failingSince = machine.health.failingSince
        update(instance) { [now] in
            $0.health = HealthMonitor(idle: check, at: now)
            $0.announcesRestart = false
            $0.hasStandingOrder = false
        }
        guard wish(for: instance) == .run else {
            idle(instance, .byHand, "started by hand")
            return
        }
        if machine.restartByHand != nil {
            idle(instance, .byHand, "restarted by hand")
            return
        }
        if machine.isOutdated, !isSetAside(instance.service) {
            update(instance) { $0.ledger = RestartLedger() }
            idle(instance, .replacement, "its configuration was changed")
            return
        }
        guard case .stopping(let stopping) = machine.phase else {
            judgeEnd(of: instance, cause, firstSign: failingSince)
            return
        }
        switch stopping.purpose {
        case .restartByHand: idle(instance, .byHand, "restarted by hand")
        case .byHand, .shutDown, .removal: idle(instance, .byHand, "it is wanted again")
        case .replacement: idle(instance, .replacement, "its configuration was changed")
        case .dependencyRestart: idle(instance, .dependency, machine.startCause)
        case .repair(let first): judgeEnd(of: instance, first)
        case .ownWill: judgeEnd(of: instance, cause)
        }
    }

    private mutating func idle(_ instance: InstanceID, _ kind: StartKind, _ cause: String) {
        update(instance) {
            $0.phase = .pending
            $0.startKind = kind
            $0.startCause = cause
            $0.restartByHand = nil
            $0.pendingFailure = nil
        }
    }

    /// What the restart policy says about an end that nobody asked for.
    mutating func judgeEnd(of instance: InstanceID, _ cause: FailureCause, firstSign: Instant? = nil) {
        guard let record = services[instance.service] else { return }
        let isClean = cause == .exited(code: 0)
        update(instance) { if !isClean { $0.lastError = cause.sentence } }
        if isUntouchable(instance.service) {
            update(instance) {
                $0.pendingFailure = cause
                $0.phase = .pending
            }
            return
        }
        let condition = record.service.restart.condition
        let isExcused = isByHand(instance, cause)
        if isClean, condition == .no || condition == .onFailure || record.isOneShot { return complete(instance) }
        if !isExcused { noteTrouble(instance, cause, since: firstSign) }
        noteAction(instance)
        if !isExcused, isWatchedInUpdate(instance) {
            idle(instance, .replacement, "its configuration was changed")
            if noteUpdateFailure(instance, cause) { return }
        }
        switch condition {
        case .no, .onFailure:
            if record.service.restart.condition == .no { return fail(instance, cause, "its policy allows no restart") }
        case .always, .unlessStopped: break
        }
        if let blame = blame(for: instance.service, forEnd: true) {
            update(instance) {
                $0.phase = .pending
                $0.startKind = .excused
                $0.startCause = "\(cause.sentence) while \(blame)"
            }
            return
        }
        planRestart(instance, cause, record.service.restart)
    }

    /// Whether the signal that a person sent explains the end: it is that signal, or came within the service's grace.
    func isByHand(_ instance: InstanceID, _ cause: FailureCause) -> Bool {
        guard let machine = instances[instance], let signal = machine.signalledByHand else { return false }
        return cause == .signalled(signal.signal) || now - signal.at <= max(machine.specification.stop.grace, .zero)
    }

    private mutating func planRestart(_ instance: InstanceID, _ cause: FailureCause, _ policy: RestartPolicy) {
        guard var ledger = instances[instance]?.ledger else { return }
        let plan = ledger.plan(policy, at: now, using: &random)
        update(instance) { $0.ledger = ledger }
        switch plan {
        case .giveUp: fail(instance, cause, "it was restarted \(ledger.attempts) times")
        case .quarantine(let until, let alert): quarantine(instance, cause, until: until, alert: alert)
        case .restart(let wait):
            let text = wait == .zero ? "restarting it at once" : "restarting it in \(DurationText.format(wait))"
            record(.restartPlanned, instance, text, cause: cause.sentence)
            update(instance) { [now] in
                $0.phase = .backoff(until: now + wait)
                $0.startKind = .repair
                $0.startCause = cause.sentence
            }
        }
    }

    private mutating func quarantine(_ instance: InstanceID, _ cause: FailureCause, until: Instant?, alert: Bool) {
        let release = until.map { "one more try in \(DurationText.format($0 - now))" } ?? "only a person releases it"
        record(.quarantined, instance, "its restart budget is spent, \(release)", cause: cause.sentence)
        if alert { record(.alert, instance, "\(instance) is quarantined: \(cause.sentence)", cause: cause.sentence) }
        update(instance) { $0.phase = .quarantined(until: until) }
    }

    private mutating func complete(_ instance: InstanceID) {
        record(.completed, instance, "completed", cause: "exited with code 0")
        update(instance) {
            $0.phase = .completed
            $0.lastError = nil
        }
    }

    private mutating func fail(_ instance: InstanceID, _ cause: FailureCause, _ reason: String) {
        record(.failed, instance, "failed for good: \(reason)", cause: cause.sentence)
        update(instance) { $0.phase = .failed }
    }
}

extension FailureCause {
    /// How a process ended, as a cause.
    init(_ exit: Exit) {
        if exit.outOfMemory {
            self = .outOfMemory
            return
        }
        switch exit.status {
        case .code(let code): self = .exited(code: code)
        case .signal(let signal): self = .signalled(signal)
        // Nobody could wait for it; that it ended at all must not pass for success.
        case .unknown: self = .exited(code: -1)
        }
    }
}
