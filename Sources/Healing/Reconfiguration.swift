internal import Stack

/// A new configuration as a difference to what is.
extension Engine {
    mutating func configurationRefused(_ reason: String, by actor: String?) {
        asker = actor
        defer { asker = nil }
        record(.configurationRefused, service: nil, "the last good configuration stays in force", cause: reason)
    }

    mutating func configure(_ stack: Stack) {
        record(.configured, service: nil, "\(stack.services.count) services", cause: "the configuration was read")
        restartConcurrency = max(stack.restartConcurrency, 1)
        shutDown = nil
        for name in services.keys.sorted() where stack.services[name] == nil { services[name]?.isRemoved = true }
        updates = updates.filter { stack.services[$0.key] != nil }
        for service in stack.services.values.sorted(by: { $0.name < $1.name }) { configure(service) }
        for (name, record) in services where record.isRemoved && record.members.isEmpty { services[name] = nil }
        connect()
        isConfigured = true
        takeOverAdopted()
        for name in stack.services.keys.sorted() { resumeUpdate(of: name) }
        roster = instances.keys.sorted()
        let order = DependencyOrder(services.values.map(\.service)).order
        for name in order { summarize(name) }
        takeOverIncidents()
        let ends = earlyEnds
        earlyEnds = []
        for end in ends { exited(end.instance, run: end.run, end.exit) }
        // Dependents last, so that what can start at once is started in order.
        for name in order {
            // The highest numbers go first where instances are too many.
            for member in services[name]?.members.sorted(by: >) ?? [] where wish(for: member) == .absent {
                touch(member)
            }
            touchAll(of: name)
        }
    }

    private mutating func configure(_ service: Service) {
        let old = services[service.name]
        var record = old ?? ServiceRecord(service: service)
        record.service = service
        record.isRemoved = false
        services[service.name] = record
        // An update is of one change of the file; after another it would lead elsewhere.
        if !isConfigured, updates[service.name]?.service != service { updates[service.name] = nil }
        let extras = updates[service.name]?.extras.map { InstanceID(service.name, $0) } ?? []
        for instance in service.instances + extras where instances[instance] == nil { add(instance, of: service) }
        guard let old else { return }
        planUpdate(of: service, from: old.service)
        for member in services[service.name]?.members ?? [] { reconfigure(member, from: old.service, to: service) }
    }

    /// Makes a member that has no process yet.
    private mutating func add(_ instance: InstanceID, of service: Service) {
        let update = isConfigured ? nil : updates[service.name]
        let own = update?.isDue(instance.number) == true ? update?.former : update?.goal
        addMember(InstanceMachine(instance, of: own ?? service, at: now))
        if isConfigured { instances[instance]?.startKind = .added }
        recall(instance, service)
        recallRestarts(instance, service)
    }

    mutating func addMember(_ machine: InstanceMachine) {
        instances[machine.id] = machine
        services[machine.id.service]?.members.append(machine.id)
        services[machine.id.service]?.members.sort()
    }

    private mutating func reconfigure(_ instance: InstanceID, from old: Service, to new: Service) {
        guard let machine = instances[instance] else { return }
        let isAnotherChance =
            old.restart.condition != new.restart.condition
            || old.restart.maximumAttempts != new.restart.maximumAttempts
        if isAnotherChance, machine.phase == .failed {
            update(instance) { $0.startAnew(.replacement, "its restart policy was changed") }
        }
        approach(instance)
    }

    /// Has an instance live by what it is to be, as far as that does not need another process; one that does is outdated
    /// from now on.
    mutating func approach(_ instance: InstanceID) {
        guard let machine = instances[instance] else { return }
        let target = target(of: machine)
        guard machine.presentLaunch == target.launch else { return launchChanged(machine, to: target) }
        if machine.isOutdated { update(instance) { $0.isOutdated = false } }
        rulesChanged(machine, to: target)
    }

    /// A new launch deserves a new judgement; a process of the old one is replaced.
    private mutating func launchChanged(_ machine: InstanceMachine, to new: Service) {
        update(machine.id) {
            switch machine.phase {
            case .starting, .running, .paused, .stopping: $0.isOutdated = true
            case .waiting, .backoff, .completed, .failed, .quarantined:
                $0.startAnew(.replacement, "its configuration was changed")
            case .pending, .stopped: $0.ledger = RestartLedger()
            }
        }
        guard !machine.isLive else { return }
        update(machine.id) { [now] in
            $0.live(by: new)
            $0.health = HealthMonitor(idle: new.check, at: now)
        }
    }

    private mutating func rulesChanged(_ machine: InstanceMachine, to new: Service) {
        let instance = machine.id
        let old = machine.specification
        guard old != new else { return }
        instances[instance]?.live(by: new)
        guard old.check != new.check else { return }
        if machine.health.isProbing { effects.append(.cancelProbe(instance, run: machine.run)) }
        update(instance) { [now] in
            if machine.isJudged {
                $0.health.reconfigure(new.check, at: now)
                $0.conviction = .none
            } else if machine.lifecycle != .paused {
                $0.health = HealthMonitor(idle: new.check, at: now)
            }
        }
        confirming.remove(instance)
        probeIfDue(instance)
    }

    /// Works out who needs whom. Services that are gone but still end keep the edges they had.
    private mutating func connect() {
        let order = DependencyOrder(services.values.map(\.service))
        let oneShots = Set(
            services.values.filter { !$0.isRemoved }.flatMap { $0.service.dependencies }
                .filter { $0.condition == .completedSuccessfully }.map(\.service))
        incidentBook.isDue = true
        for (rank, name) in order.order.enumerated() {
            services[name]?.rank = rank
            services[name]?.dependencies = order.dependencies[name] ?? []
            services[name]?.dependents = order.dependents[name] ?? []
            services[name]?.isOneShot = oneShots.contains(name)
            dropOutdatedRestarts(of: name)
        }
    }

    /// A restart that was to follow a dependency's is void once the file does not ask for it any more.
    private mutating func dropOutdatedRestarts(of name: String) {
        guard let record = services[name] else { return }
        let followed = Set(record.dependencies.filter(\.restart).map(\.service))
        for member in record.members {
            guard let cause = instances[member]?.restartAfter, !followed.contains(cause) else { continue }
            update(member) { $0.restartAfter = nil }
        }
    }

    // MARK: Processes that were there before

    mutating func adopt(_ instance: InstanceID, _ process: AdoptedProcess) {
        guard isConfigured else {
            adopted[instance] = process
            return
        }
        guard let machine = instances[instance], services[instance.service]?.isRemoved == false else {
            adopted[instance] = process
            takeOverAdopted()
            touch(instance)
            return
        }
        if machine.run == process.run, machine.process?.pid == process.pid { return }
        if machine.run == process.run, machine.process == nil, machine.isLive {
            started(instance, run: process.run, pid: process.pid)
            return
        }
        guard !machine.isLive else { return }
        adopted[instance] = process
        takeOverAdopted()
        touch(instance)
    }

    private mutating func takeOverAdopted() {
        for (instance, process) in adopted.sorted(by: { $0.key < $1.key }) {
            if services[instance.service] == nil {
                var record = ServiceRecord(
                    service: Service(name: instance.service, replicas: 0, launch: process.launch))
                record.isRemoved = true
                services[instance.service] = record
            }
            takeOver(instance, process)
        }
        adopted = [:]
    }

    private mutating func takeOver(_ instance: InstanceID, _ process: AdoptedProcess) {
        guard let newest = services[instance.service]?.service else { return }
        if instances[instance] == nil {
            addMember(InstanceMachine(instance, of: newest, at: now))
            roster = instances.keys.sorted()
        }
        let service = specification(of: instance, launchedBy: process.launch, newest)
        let running = RunningProcess(pid: process.pid, startedAt: process.startedAt, isAdopted: true)
        let isPaused = isPausedByHand(instance.service)
        record(.adopted, instance, "found running as pid \(process.pid)", cause: "it was started before Hale was")
        update(instance) { [now] in
            $0.run = process.run
            $0.live(by: service)
            $0.launch = process.launch
            $0.phase = isPaused ? .paused(running) : .running(running)
            $0.startCause = "it was running before"
            $0.health =
                isPaused
                ? HealthMonitor(idle: service.check, at: now)
                : HealthMonitor(service.check, adoptedAt: now, startedAt: process.startedAt)
            $0.watchdog = isPaused ? nil : service.launch.watchdog.map { now + $0.atLeastMillisecond }
        }
        approach(instance)
        probeIfDue(instance)
    }
}
