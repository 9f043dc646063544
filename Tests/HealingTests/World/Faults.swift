import Healing
import Stack

/// What goes wrong, and what people do, at random.
extension World {
    mutating func disturb() {
        let names = stack.services.keys.sorted()
        guard let name = dice.pick(names) else { return }
        let instances = processes.keys.sorted()
        switch dice.number(1...23) {
        case 1...4: if let victim = dice.pick(instances) { crash(victim) }
        case 5, 6: if let victim = dice.pick(instances) { hang(victim) }
        case 7: habits[name]?.crashes.toggle()
        case 8, 9: habits[name]?.isIll.toggle()
        case 10: habits[name]?.cannotStart.toggle()
        case 11: habits[name]?.hooksFail.toggle()
        case 12...16: ask(name)
        case 17: dice.once(in: 2) ? reconfigure() : rollOut()
        case 18: restartHale()
        case 19: if let victim = dice.pick(instances) { speak(victim) }
        case 20: tell(.configurationRefused("line 1: no such key"))
        case 21...23: if let victim = dice.pick(instances) { failCalls(to: victim) }
        default: break
        }
    }

    private mutating func crash(_ victim: InstanceID) {
        guard let process = processes[victim], process.startedAt != nil else { return }
        let exit = dice.pick([Exit(.signal(9)), Exit(.code(1)), Exit(.code(0)), Exit(.signal(9), outOfMemory: true)])
        queue.plan(.processEnds(victim, run: process.run, exit ?? Exit(.code(1))), at: now)
    }

    private mutating func hang(_ victim: InstanceID) {
        guard let service = stack.services[victim.service], service.check != nil || service.launch.watchdog != nil
        else {
            return
        }
        change(victim, run: processes[victim]?.run ?? 0) { $0.isHung = $0.startedAt != nil }
    }

    /// Clients' calls fail for a while, whether or not the instance is to blame: the gateway may be wrong, or late.
    private mutating func failCalls(to victim: InstanceID) {
        var at = now
        for _ in 0..<dice.number(1...12) {
            queue.plan(.callsFail(victim), at: at)
            at = at + dice.milliseconds(0...1_500)
        }
    }

    private mutating func ask(_ name: String) {
        let grace: Duration? = dice.once(in: 3) ? dice.milliseconds(0...2_000) : nil
        switch dice.number(1...16) {
        case 1, 2: tell(.asked(.stop(service: name, grace: grace)))
        case 3...5: tell(.asked(.start(service: name)))
        case 6, 7: tell(.asked(.restart(service: name, grace: grace)))
        case 8: tell(.asked(.kill(service: name, signal: dice.once(in: 2) ? 9 : 15)))
        case 9: tell(.asked(.pause(service: name)))
        case 10, 11: tell(.asked(.unpause(service: name)))
        case 12: tell(.asked(.maintenance(service: name, for: dice.milliseconds(0...5_000))))
        case 13: tell(.asked(.releaseQuarantine(service: name)))
        case 14 where dice.once(in: 4): takeDown()
        case 15: tell(.asked(.pauseHealing(for: dice.milliseconds(0...5_000))))
        default: break
        }
    }

    private mutating func takeDown() {
        hasStopped = false
        tell(.asked(.shutDown(grace: dice.once(in: 2) ? nil : dice.milliseconds(0...2_000))))
        run(for: .seconds(30))
        if violations.isEmpty, !hasStopped || !processes.isEmpty {
            violations.append("law 5: the stack did not go down in 30 s; left: \(processes.keys.sorted())")
        }
        tell(.configured(stack))
    }

    private mutating func speak(_ victim: InstanceID) {
        guard let run = processes[victim]?.run else { return }
        switch dice.number(1...3) {
        case 1: tell(.statusText(victim, run: run, "busy"))
        case 2: tell(.extendTimeout(victim, run: run, by: dice.milliseconds(0...1_000)))
        default: tell(.heartbeat(victim, run: run))
        }
    }

    private mutating func reconfigure() {
        var services = stack.services
        let names = services.keys.sorted()
        guard let name = dice.pick(names), var service = services[name] else { return }
        switch dice.number(1...6) {
        case 1: service.launch.command = ["changed-\(dice.number(1...1_000))"]
        case 2: service.replicas = dice.number(0...3)
        case 3: service.check = service.check == nil ? nil : StackGenerator.check(&dice)
        case 4: service.restart = StackGenerator.policy(&dice)
        case 5:
            for other in names { services[other]?.dependencies.removeAll { $0.service == name } }
            services[name] = nil
            apply(services)
            return
        default:
            let (added, habit) = StackGenerator.service(
                "n\(dice.number(1...50))", after: services.values.sorted { $0.name < $1.name }, habits, &dice)
            guard services[added.name] == nil, processes.keys.allSatisfy({ $0.service != added.name }) else { return }
            habits[added.name] = habit
            services[added.name] = added
            apply(services)
            return
        }
        services[name] = service
        apply(services)
    }

    /// A new version of a service with several instances, not always a good one; or the same file once more.
    private mutating func rollOut() {
        var services = stack.services
        guard let name = dice.pick(services.values.filter(\.isUpdatedInTurns).map(\.name).sorted()),
            var service = services[name]
        else { return reconfigure() }
        switch dice.number(1...8) {
        case 1: break
        case 2: service.replicas = dice.number(1...4)
        case 3, 4:
            // Back to what may have been there before.
            service.launch.command = [name]
        default:
            service.launch.command = ["version-\(dice.number(1...1_000))"]
            if dice.once(in: 4) { habits[name]?.crashingVersions.insert(service.launch.command) }
            if dice.once(in: 4) { habits[name]?.illVersions.insert(service.launch.command) }
        }
        if dice.once(in: 3) {
            service.update = StackGenerator.updatePolicy(&dice)
            service.rollback = StackGenerator.updatePolicy(&dice)
        }
        services[name] = service
        apply(services)
    }

    private mutating func apply(_ services: [String: Service]) {
        let former = processes.keys.map { ($0, engine.specification(of: $0)?.heartbeat) }
        stack = Stack(
            name: stack.name, directory: stack.directory, services: Array(services.values),
            restartConcurrency: stack.restartConcurrency)
        badSince = badSince.filter { services[$0.key.service] != nil }
        tell(.configured(stack))
        for (instance, heartbeat) in former.sorted(by: { $0.0 < $1.0 }) {
            guard let process = processes[instance], process.startedAt != nil else { continue }
            if engine.specification(of: instance)?.heartbeat != heartbeat { planBeat(instance, run: process.run) }
        }
    }

    /// The healer dies and a new one takes over what runs. Starts that nobody has answered yet are answered first, as
    /// the keeper does, and exits wait until someone listens.
    private mutating func restartHale() {
        run(for: .milliseconds(20))
        let unanswered = processes.filter { $0.value.startedAt == nil }
        guard unanswered.isEmpty, violations.isEmpty else { return }
        let wills = engine.wills
        let memory = engine.memory
        let incidents = engine.incidents
        let nextIncident = engine.nextIncident
        let pause = engine.healingPause
        let histories = Array(engine.histories.values)
        let updates = engine.updates
        probes = [:]
        orders = [:]
        isOrderAllowed = false
        dialogue = []
        haleWasRestarted = true
        engine = Engine(seed: seed &+ UInt64(steps))
        engine.restore(wills: wills)
        engine.restore(memory: memory)
        engine.restore(incidents: incidents, nextIncident: nextIncident)
        engine.restore(pause: pause)
        engine.restore(histories: histories)
        engine.restore(updates: updates)
        judges.haleRestarted()
        let living = processes.keys.sorted()
        for (instance, process) in processes.sorted(by: { $0.key < $1.key }) {
            tell(
                .adopted(
                    instance,
                    AdoptedProcess(
                        pid: process.pid, run: process.run, startedAt: process.startedAt ?? now,
                        launch: process.launch)))
        }
        endSome(among: living)
        tell(.configured(stack))
    }

    /// Some processes ended while no healer was there; it is told of them before it is told what the stack is.
    private mutating func endSome(among instances: [InstanceID]) {
        guard dice.once(in: 3), let victim = dice.pick(instances), let process = processes[victim] else { return }
        processes[victim] = nil
        noteTruth()
        tell(.exited(victim, run: process.run, Exit(dice.pick([.code(0), .code(1), .unknown]) ?? .unknown)))
    }

    // MARK: Healing

    /// Faults are over. What nobody can notice or may repair heals by itself.
    mutating func heal() {
        for name in habits.keys { habits[name]?.heal() }
        for (instance, process) in processes where process.isHung {
            let service = stack.services[instance.service]
            if service?.check == nil && service?.launch.watchdog == nil || service?.restart.condition == .no {
                change(instance, run: process.run) { $0.isHung = false }
            }
        }
    }
}
