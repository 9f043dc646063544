internal import Stack

/// What happens because time passes.
extension Engine {
    mutating func timePassed() {
        endHealingPauseIfDue()
        var due: [InstanceID] = []
        while let first = deadlines.first, first.at <= now {
            deadlines.removeFirst()
            guard let index = instances.index(forKey: first.instance), instances.values[index].armed == first.at else {
                continue
            }
            instances.values[index].armed = nil
            due.append(first.instance)
        }
        for instance in due { timePassed(for: instance) }
    }

    private mutating func timePassed(for instance: InstanceID) {
        touch(instance)
        endMaintenanceIfDue(instance.service)
        guard let machine = instances[instance], let policy = services[instance.service]?.service.restart else {
            return
        }
        if case .starting(let startup) = machine.phase { startupOverdue(instance, startup) }
        probeIfDue(instance)
        watchdogIfDue(instance)
        if let forgiven = forgiveness(of: machine, policy), forgiven <= now {
            update(instance) { $0.ledger.forgive(policy: policy) }
        }
        if let success = attemptSuccess(of: machine, policy), success <= now {
            update(instance) { $0.ledger.attemptSucceeded() }
        }
    }

    /// When its health has lasted long enough for earlier failures to be forgotten.
    private func forgiveness(of machine: InstanceMachine, _ policy: RestartPolicy) -> Instant? {
        guard let since = machine.wellSince, machine.ledger.hasToBeForgiven(policy) else { return nil }
        return since + max(policy.resetAfter, .zero)
    }

    /// When its process has lived long enough for its start to count as a success.
    private func attemptSuccess(of machine: InstanceMachine, _ policy: RestartPolicy) -> Instant? {
        guard let window = policy.window, machine.ledger.attempts > 0, case .running(let process) = machine.phase else {
            return nil
        }
        return process.startedAt + max(window, .zero)
    }

    private func deadline(of machine: InstanceMachine) -> Instant? {
        let service = machine.id.service
        guard let policy = services[service]?.service.restart else { return machine.phaseDeadline }
        var deadline = earliest(wills[service]?.maintenanceUntil, healingPause?.until)
        if !isDueButHeldUp(machine) { deadline = earliest(deadline, machine.phaseDeadline) }
        if machine.isJudged {
            deadline = earliest(deadline, earliest(machine.health.deadline, machine.watchdog))
            deadline = earliest(deadline, forgiveness(of: machine, policy))
            deadline = earliest(deadline, attemptSuccess(of: machine, policy))
        }
        if let update = updates[service] {
            deadline = earliest(deadline, update.deadline(of: machine.id.number, after: now))
        }
        if machine.trouble != nil, let since = machine.wellSince {
            deadline = earliest(deadline, since + Incident.settling)
        }
        return deadline
    }

    /// A restart that is due but waits for a slot, and a release while nothing may run, must not ask for an instant that
    /// has already come.
    private func isDueButHeldUp(_ machine: InstanceMachine) -> Bool {
        switch machine.phase {
        case .backoff(let until): until <= now && slots.isQueued(machine.id)
        case .quarantined: wish(for: machine.id) != .run
        case .pending, .waiting, .starting, .running, .paused, .stopping, .stopped, .completed, .failed: false
        }
    }

    /// Tells the queue the deadlines of all instances that were looked at, and drops the stale ones at its head.
    mutating func endDeadlines() {
        for instance in agenda.visited.sorted() { arm(instance) }
        agenda.finish()
        if deadlines.count > 64 + 4 * instances.count { rebuildDeadlines() }
        while let first = deadlines.first, instances[first.instance]?.armed != first.at { deadlines.removeFirst() }
    }

    private mutating func arm(_ instance: InstanceID) {
        guard let index = instances.index(forKey: instance) else { return }
        let deadline = deadline(of: instances.values[index])
        guard instances.values[index].armed != deadline else { return }
        instances.values[index].armed = deadline
        if let deadline { deadlines.insert(.init(at: deadline, instance: instance)) }
    }

    private mutating func rebuildDeadlines() {
        deadlines.removeAll()
        for instance in roster {
            guard let armed = instances[instance]?.armed else { continue }
            deadlines.insert(.init(at: armed, instance: instance))
        }
    }
}
