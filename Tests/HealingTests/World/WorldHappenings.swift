import Healing
import Stack

extension World {
    // MARK: What the engine wants

    mutating func carryOut(_ effect: Effect) {
        switch effect {
        case .start(let instance, let run): make(instance, run: run)
        case .standingOrder(let instance, let run, let next, let onlyAfterFailure):
            // The keeper forgets what is for a process that it has no longer.
            guard processes[instance]?.run == run, stack.services[instance.service] != nil else { return }
            orders[instance] = WorldOrder(run: run, next: next, onlyAfterFailure: onlyAfterFailure)
        case .revokeStandingOrder(let instance, let run): if orders[instance]?.run == run { orders[instance] = nil }
        case .allowStandingOrder(let allowed):
            isOrderAllowed = allowed
            if !allowed { queue.plan(.ordersWithdrawn, at: max(now + dice.milliseconds(0...3), lastSuccessionSeen)) }
        case .drain(let instance, let run):
            // Some clients never go by themselves.
            if dice.once(in: 4) { return }
            queue.plan(.connectionsEnd(instance, run: run), at: now + dice.milliseconds(0...300))
        case .signal(let instance, let run, let signal): deliver(signal, to: instance, run: run)
        case .kill(let instance, let run): end(instance, run: run, Exit(.signal(9)), after: dice.milliseconds(0...5))
        case .freeze(let instance, let run): change(instance, run: run) { $0.isFrozen = true }
        case .thaw(let instance, let run): thaw(instance, run: run)
        case .probe(let instance, let run, let timeout): probe(instance, run: run, timeout: timeout)
        case .cancelProbe(let instance, _): probes[instance] = nil
        case .runHooks(let instance, let run, let phase):
            queue.plan(.hooksEnd(instance, run: run, phase), at: now + dice.milliseconds(0...300))
        case .route, .record, .incident: break
        case .allStopped: hasStopped = true
        }
    }

    private mutating func make(_ instance: InstanceID, run: Int) {
        guard let service = engine.specification(of: instance) else { return }
        nextPid += 1
        processes[instance] = WorldProcess(run: run, pid: nextPid, launch: service.launch)
        queue.plan(.processMade(instance, run: run), at: now + dice.milliseconds(0...15))
    }

    private mutating func deliver(_ signal: Int32, to instance: InstanceID, run: Int) {
        guard let process = processes[instance], process.run == run else { return }
        if process.isHung || process.isFrozen {
            change(instance, run: run) { $0.hasPendingSignal = true }
            return
        }
        guard let farewell = habits[instance.service]?.farewell else { return }
        end(instance, run: run, Exit(dice.once(in: 2) ? .code(0) : .signal(signal)), after: farewell)
    }

    private mutating func thaw(_ instance: InstanceID, run: Int) {
        guard let process = processes[instance], process.run == run else { return }
        change(instance, run: run) {
            $0.isFrozen = false
            $0.isHung = false
            $0.hasPendingSignal = false
        }
        if process.hasPendingSignal { deliver(15, to: instance, run: run) }
    }

    private mutating func end(_ instance: InstanceID, run: Int, _ exit: Exit, after time: Duration) {
        queue.plan(.processEnds(instance, run: run, exit), at: now + time)
    }

    private mutating func probe(_ instance: InstanceID, run: Int, timeout: Duration) {
        probesAsked += 1
        probes[instance] = probesAsked
        let process = processes[instance]
        let answers = process.map { !$0.isHung && !$0.isFrozen } ?? true
        queue.plan(
            .probeEnds(instance, run: run, number: probesAsked),
            at: now + (answers ? dice.milliseconds(0...20) : timeout))
    }

    mutating func change(_ instance: InstanceID, run: Int, _ body: (inout WorldProcess) -> Void) {
        guard var process = processes[instance], process.run == run else { return }
        body(&process)
        processes[instance] = process
    }

    // MARK: What happens

    mutating func happen(_ happening: WorldQueue.Happening) {
        switch happening {
        case .processMade(let instance, let run): processMade(instance, run: run)
        case .processServes(let instance, let run):
            guard processes[instance]?.run == run else { return }
            change(instance, run: run) { $0.serves = true }
            noteTruth()
            if processes[instance]?.launch.notify == true { tell(.ready(instance, run: run)) }
        case .processEnds(let instance, let run, let exit): processEnds(instance, run: run, exit)
        case .exitSeen(let instance, let run, let exit): tell(.exited(instance, run: run, exit))
        case .ordersWithdrawn: tell(.standingOrdersWithdrawn)
        case .connectionsEnd(let instance, let run): tell(.drained(instance, run: run))
        case .probeEnds(let instance, let run, let number):
            guard probes[instance] == number else { return }
            probes[instance] = nil
            tell(.probed(instance, run: run, isTrulyWell(instance) ? .passed(took: .milliseconds(1)) : .failed("ill")))
        case .beats(let instance, let run):
            guard processes[instance]?.run == run else { return }
            planBeat(instance, run: run)
            if isTrulyWell(instance) { tell(.heartbeat(instance, run: run)) }
        case .hooksEnd(let instance, let run, let phase):
            let fails = phase == .postStart && habits[instance.service]?.hooksFail == true
            tell(.hooksFinished(instance, run: run, phase, failure: fails ? "exit code 1" : nil))
        case .callsFail(let instance): tell(.callsFailed(instance, reason: "connection refused"))
        }
    }

    private mutating func processMade(_ instance: InstanceID, run: Int) {
        guard let process = processes[instance], process.run == run, let habit = habits[instance.service] else {
            return
        }
        if habit.cannotStart {
            processes[instance] = nil
            tell(.startFailed(instance, run: run, reason: "no such file"))
            return
        }
        change(instance, run: run) { [now] in $0.startedAt = now }
        live(instance, run: run, habit)
        tell(.started(instance, run: run, pid: process.pid))
    }

    /// A process knows from its configuration how often it is to tell that it is well.
    mutating func planBeat(_ instance: InstanceID, run: Int) {
        guard let every = engine.specification(of: instance)?.heartbeat else { return }
        queue.plan(.beats(instance, run: run), at: now + every * 0.4)
    }

    private mutating func processEnds(_ instance: InstanceID, run: Int, _ exit: Exit) {
        guard let process = processes[instance], process.run == run else { return }
        let isKill = exit.status == .signal(9)
        if !isKill, process.isHung || process.isFrozen {
            // A stopped process runs no code, not even its own end; it goes on when it is thawed or killed.
            change(instance, run: run) { $0.hasPendingSignal = true }
            return
        }
        processes[instance] = nil
        noteTruth()
        let seen = now + dice.milliseconds(0...3)
        var exit = exit
        exit.successor = succeed(process, instance, exit)
        if exit.successor != nil { lastSuccessionSeen = max(lastSuccessionSeen, seen) }
        queue.plan(.exitSeen(instance, run: run, exit), at: max(seen, lastSuccessionSeen))
        takeDependentsAlong(instance.service)
    }

    /// The keeper carries out a standing order, if there is one for that end.
    private mutating func succeed(_ process: WorldProcess, _ instance: InstanceID, _ exit: Exit) -> Exit.Successor? {
        guard let order = orders.removeValue(forKey: instance), order.run == process.run, isOrderAllowed,
            exit.status != .code(0) || !order.onlyAfterFailure, let habit = habits[instance.service],
            !habit.cannotStart
        else { return nil }
        isOrderAllowed = false
        successions += 1
        nextPid += 1
        processes[instance] = WorldProcess(run: order.next, pid: nextPid, launch: process.launch, startedAt: now)
        live(instance, run: order.next, habit)
        return Exit.Successor(run: order.next, pid: nextPid)
    }

    /// What a process does from its first moment on.
    private mutating func live(_ instance: InstanceID, run: Int, _ habit: Habits) {
        queue.plan(.processServes(instance, run: run), at: now + habit.boot)
        planBeat(instance, run: run)
        let command = processes[instance]?.launch.command ?? []
        if habit.crashes || habit.crashingVersions.contains(command) {
            end(instance, run: run, Exit(.code(1)), after: dice.milliseconds(4...100))
        } else if let work = habit.work {
            end(instance, run: run, Exit(.code(0)), after: work)
        }
    }

    private mutating func takeDependentsAlong(_ service: String) {
        for dependent in stack.dependents(of: service) where habits[dependent]?.diesWithoutDependencies == true {
            for (instance, process) in processes.sorted(by: { $0.key < $1.key })
            where instance.service == dependent && process.startedAt != nil {
                end(instance, run: process.run, Exit(.code(1)), after: dice.milliseconds(0...100))
            }
        }
    }

    // MARK: The truth

    /// Whether a probe of it would pass now.
    func isTrulyWell(_ instance: InstanceID) -> Bool {
        guard let process = processes[instance], process.serves, !process.isHung, !process.isFrozen,
            let habit = habits[instance.service], !habit.isIll, !habit.illVersions.contains(process.launch.command)
        else { return false }
        guard habit.checksThrough else { return true }
        return stack.dependencies(of: instance.service).allSatisfy { dependency in
            guard dependency.condition != .completedSuccessfully,
                let other = stack.services[dependency.service], other.replicas > 0
            else { return true }
            // A job that is done is not missed.
            if other.check == nil, lastReport.contains(where: { $0.id.service == other.name && $0.state == .completed })
            {
                return true
            }
            return processes.keys.contains { $0.service == other.name && isTrulyWell($0) }
        }
    }

    /// Remembers since when each service of one instance has been bad without a break, whoever served in its place.
    mutating func noteTruth() {
        for service in stack.services.values where service.replicas == 1 {
            let instance = InstanceID(service.name, 1)
            if processes.keys.contains(where: { $0.service == service.name && isTrulyWell($0) }) {
                badSince[instance] = nil
            } else if badSince[instance] == nil {
                badSince[instance] = now
            }
        }
    }
}

extension Service {
    /// How often an instance is to say by itself that it is well, if it is.
    var heartbeat: Duration? {
        if let watchdog = launch.watchdog { return watchdog }
        guard case .heartbeat(let every) = check?.probe else { return nil }
        return every
    }
}
