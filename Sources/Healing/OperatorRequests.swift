internal import Stack

/// What people ask for. The operator is right: what was asked stays in force until it is asked otherwise.
extension Engine {
    mutating func take(_ request: Request, by actor: String?) {
        asker = actor
        defer { asker = nil }
        take(request)
    }

    private mutating func take(_ request: Request) {
        switch request {
        case .shutDown(let grace): takeDown(grace: grace)
        case .start(let service): ifKnown(service, "to be started") { $0.startByHand(service) }
        case .stop(let service, let grace): ifKnown(service, "to be stopped") { $0.stopByHand(service, grace) }
        case .restart(let service, let grace): ifKnown(service, "to be restarted") { $0.restartByHand(service, grace) }
        case .kill(let service, let signal):
            ifKnown(service, "to get \(SignalNames.name(signal))") { $0.killByHand(service, signal) }
        case .pause(let service): ifKnown(service, "to be paused") { $0.change(service) { $0.paused = true } }
        case .unpause(let service): ifKnown(service, "to be unpaused") { $0.change(service) { $0.paused = false } }
        case .maintenance(let service, let time):
            ifKnown(service, "to be in maintenance for \(DurationText.format(time))") { $0.maintain(service, time) }
        case .pauseHealing(let time): pauseHealing(for: time)
        case .releaseQuarantine(let service):
            ifKnown(service, "to be released from quarantine") { $0.releaseByHand(service) }
        }
    }

    private mutating func ifKnown(_ service: String, _ wish: String, _ body: (inout Engine) -> Void) {
        guard let record = services[service], !record.isRemoved else {
            record(.operatorAsked, service: service, "asked \(wish), but there is no such service")
            return
        }
        guard shutDown == nil else {
            self.record(.operatorAsked, service: service, "asked \(wish), but the stack is going down")
            return
        }
        self.record(.operatorAsked, service: service, "asked \(wish)", cause: "asked by hand")
        body(&self)
        touchAll(of: service)
    }

    /// Changes what is wanted of a service.
    private mutating func change(_ service: String, _ change: (inout OperatorWill) -> Void) {
        let former = wills[service] ?? OperatorWill()
        var will = former
        change(&will)
        if will != former {
            will.since = now
            will.by = asker
        }
        wills[service] = will.isOrdinary ? nil : will
        incidentBook.isDue = true
        touchAll(of: service)
    }

    private mutating func takeDown(grace: Duration?) {
        record(.operatorAsked, service: nil, "asked to take the stack down", cause: "asked by hand")
        shutDown = ShutDown(grace: grace)
        for instance in roster {
            touch(instance)
            if let grace { hurry(instance, grace) }
        }
    }

    private mutating func startByHand(_ service: String) {
        for name in allDependencies(of: service) + [service] where services[name]?.isRemoved == false {
            change(name) {
                $0.stopped = false
                $0.paused = false
            }
            for instance in services[name]?.members ?? [] { startByHand(instance, evenCompleted: name == service) }
        }
    }

    private mutating func startByHand(_ instance: InstanceID, evenCompleted: Bool) {
        guard let machine = instances[instance] else { return }
        switch machine.phase {
        case .completed where !evenCompleted: return
        case .pending, .waiting, .backoff, .stopped, .completed, .failed, .quarantined:
            update(instance) { $0.startAnew(.byHand, "started by hand") }
        case .starting, .running, .paused, .stopping: return
        }
    }

    private mutating func stopByHand(_ service: String, _ grace: Duration?) {
        change(service) {
            $0.stopped = true
            $0.paused = false
        }
        for instance in services[service]?.members ?? [] {
            update(instance) { $0.stopGrace = grace }
            if let grace { hurry(instance, grace) }
        }
    }

    /// A stop under way ends sooner, if the new grace asks for it.
    private mutating func hurry(_ instance: InstanceID, _ grace: Duration) {
        guard case .stopping(let stopping) = instances[instance]?.phase else { return }
        let end = now + max(grace, .zero)
        switch stopping.stage {
        case .asked(let until): setStage(instance, .asked(until: min(until, end)))
        case .draining(let until): setStage(instance, .draining(until: min(until, end)))
        case .awaitingStart, .hooks, .killed: return
        }
    }

    private mutating func restartByHand(_ service: String, _ grace: Duration?) {
        change(service) {
            $0.stopped = false
            $0.paused = false
        }
        for instance in services[service]?.members ?? [] {
            guard let machine = instances[instance] else { continue }
            update(instance) {
                $0.ledger = RestartLedger()
                if machine.isLive, machine.lifecycle != .stopping {
                    $0.restartByHand = .init(grace: grace)
                } else if !machine.isLive {
                    $0.startAnew(.byHand, "restarted by hand")
                } else {
                    $0.restartByHand = .init(grace: grace)
                }
            }
        }
    }

    private mutating func killByHand(_ service: String, _ signal: Int32) {
        for instance in services[service]?.members ?? [] {
            guard let machine = instances[instance], machine.process != nil else { continue }
            record(.killed, instance, "sending it \(SignalNames.name(signal))", cause: "asked by hand")
            update(instance) { [now] in $0.signalledByHand = .init(signal: signal, at: now) }
            effects.append(
                signal == 9
                    ? .kill(instance, run: machine.run) : .signal(instance, run: machine.run, signal))
        }
    }

    private mutating func releaseByHand(_ service: String) {
        for instance in services[service]?.members ?? [] {
            guard case .quarantined = instances[instance]?.phase else { continue }
            record(.released, instance, "released from quarantine", cause: "released by hand")
            update(instance) { $0.startAnew(.byHand, "released from quarantine by hand") }
        }
    }

    // MARK: Maintenance

    private mutating func maintain(_ service: String, _ time: Duration) {
        guard time > .zero else {
            endMaintenance(service, "ended by hand")
            return
        }
        record(
            .maintenance, service: service, "in maintenance for \(DurationText.format(time))", cause: "asked by hand")
        change(service) { [now] in $0.maintenanceUntil = now + time }
    }

    mutating func endMaintenanceIfDue(_ service: String) {
        guard let until = wills[service]?.maintenanceUntil, until <= now else { return }
        endMaintenance(service, "its time is over")
    }

    /// What was found bad meanwhile is asked anew before anything is done.
    private mutating func endMaintenance(_ service: String, _ cause: String) {
        guard wills[service]?.maintenanceUntil != nil else { return }
        record(.maintenance, service: service, "maintenance is over", cause: cause)
        change(service) { $0.maintenanceUntil = nil }
        for instance in services[service]?.members ?? [] where instances[instance]?.isJudged == true {
            recheck(instance)
        }
    }
}

extension InstanceMachine {
    /// Back to the beginning: what counted against it is forgotten.
    mutating func startAnew(_ kind: StartKind, _ cause: String) {
        phase = .pending
        ledger = RestartLedger()
        startKind = kind
        startCause = cause
        pendingFailure = nil
        restartAfter = nil
        restartByHand = nil
    }
}
