internal import Stack

/// Whether one standing order may be carried out without asking. It counts as a restart in progress for as long as it may.
enum StandingOrders: Sendable, Equatable {
    /// None may. Goes to `allowed` once no restart is in progress.
    case withheld
    /// One may. Goes to `withheld` when one was, to `withdrawing` when its slot is needed.
    case allowed
    /// One may have been by the time the shell hears otherwise. Goes to `withheld` when it has.
    case withdrawing
}

/// Restarts that are certain are ordered in advance, so that nobody has to be asked between a death and a new life.
///
/// An order is given only where, whatever the end, the answer would be "start it again, at once": so it changes when a
/// restart happens and never whether.
extension Engine {
    /// Gives or revokes the order, as the instance is now.
    mutating func updateStandingOrder(for instance: InstanceID) {
        guard let machine = instances[instance] else { return }
        let isCertain = restartIsCertain(machine)
        guard machine.hasStandingOrder != isCertain else { return }
        if isCertain { giveStandingOrder(machine) } else { revokeStandingOrder(instance) }
    }

    private mutating func giveStandingOrder(_ machine: InstanceMachine) {
        guard let record = services[machine.id.service] else { return }
        instances[machine.id]?.hasStandingOrder = true
        let isAnyEndFollowed: Bool
        switch record.service.restart.condition {
        case .always, .unlessStopped: isAnyEndFollowed = !record.isOneShot
        case .no, .onFailure: isAnyEndFollowed = false
        }
        effects.append(
            .standingOrder(
                machine.id, run: machine.run, next: nextRun(after: machine.run), onlyAfterFailure: !isAnyEndFollowed))
    }

    mutating func revokeStandingOrder(_ instance: InstanceID) {
        guard let machine = instances[instance], machine.hasStandingOrder else { return }
        instances[instance]?.hasStandingOrder = false
        if machine.isLive { effects.append(.revokeStandingOrder(instance, run: machine.run)) }
    }

    /// Whether its end, if a failure, would be followed by its restart at once. Never where something it needs could be to
    /// blame, nor where files are made anew for each start.
    private func restartIsCertain(_ machine: InstanceMachine) -> Bool {
        guard case .running = machine.phase, machine.conviction == .none, !machine.isOutdated,
            machine.restartByHand == nil, wish(for: machine.id) == .run, !isUntouchable(machine.id.service),
            let record = services[machine.id.service], record.dependencies.isEmpty,
            machine.specification.launch.files.isEmpty, !isWatchedInUpdate(machine.id),
            record.service.restart.condition != .no
        else { return false }
        return machine.ledger.restartsAtOnce(record.service.restart, at: now)
    }

    // MARK: Carried out

    /// The process ended and its successor runs already.
    mutating func succeeded(_ instance: InstanceID, _ cause: FailureCause, by successor: Exit.Successor) {
        let failingSince = instances[instance]?.health.failingSince
        stopJudging(instance)
        if standingOrders == .allowed { standingOrders = .withheld }
        slots.take(instance)
        countSuccession(instance, cause, firstSign: failingSince)
        starts += 1
        update(instance) { [starts] in
            $0.announcesRestart = true
            $0.hasStandingOrder = false
            $0.run = successor.run
            $0.startOrder = starts
            $0.startKind = .repair
            $0.startCause = cause.sentence
            $0.phase = .starting(Startup())
            $0.wellSince = nil
            $0.signalledByHand = nil
            $0.firstFailure = nil
            $0.callsFailedAt = nil
            $0.statusText = nil
        }
        record(.restarting, instance, "restarting, as ordered beforehand", cause: cause.sentence)
        started(instance, run: successor.run, pid: successor.pid)
        _ = noteUpdateFailure(instance, cause)
    }

    /// Holds an end and the restart that followed it against the instance.
    mutating func countSuccession(_ instance: InstanceID, _ cause: FailureCause, firstSign: Instant? = nil) {
        if !isByHand(instance, cause) { noteTrouble(instance, cause, since: firstSign) }
        noteAction(instance)
        guard let policy = services[instance.service]?.service.restart, var ledger = instances[instance]?.ledger else {
            return
        }
        _ = ledger.plan(policy, at: now, using: &random)
        ledger.recordRestart(at: now)
        update(instance) {
            $0.ledger = ledger
            $0.restarts += 1
            if cause != .exited(code: 0) { $0.lastError = cause.sentence }
        }
    }

    // MARK: The slot that an order takes

    mutating func allowStandingOrderIfIdle() {
        guard isConfigured, standingOrders == .withheld, slots.isIdle, shutDown == nil else { return }
        standingOrders = .allowed
        effects.append(.allowStandingOrder(true))
    }

    mutating func withdrawStandingOrders() {
        guard standingOrders == .allowed else { return }
        standingOrders = .withdrawing
        effects.append(.allowStandingOrder(false))
    }

    mutating func standingOrdersWithdrawn() {
        guard standingOrders == .withdrawing else { return }
        standingOrders = .withheld
        for instance in slots.takeQueue() { touch(instance) }
    }

    /// The number of the run that follows `run`.
    func nextRun(after run: Int) -> Int {
        run < Int.max ? run + 1 : 1
    }
}
