public import Stack

/// Updates in turn: the engine tells each how the instances stand, and does what it wants done.
extension Engine {
    /// The service as that instance knows it: how its process is, or is next, launched, probed and stopped. While an update
    /// is under way, and after one that went back, that is not what the file says. nil for a stranger.
    public func specification(of instance: InstanceID) -> Service? {
        instances[instance]?.specification
    }

    /// What an instance is to be.
    func target(of machine: InstanceMachine) -> Service {
        guard let record = services[machine.id.service] else { return machine.specification }
        guard let update = updates[machine.id.service] else { return record.service }
        return update.isDue(machine.id.number) ? machine.specification : update.goal
    }

    /// Whether there is to be an instance of that number.
    func isWanted(_ number: Int, of record: ServiceRecord) -> Bool {
        if number >= 1, number <= record.service.replicas { return true }
        return !updates.isEmpty && updates[record.service.name]?.extras.contains(number) == true
    }

    /// Whether its end would count as a failure of an update.
    func isWatchedInUpdate(_ instance: InstanceID) -> Bool {
        guard !updates.isEmpty, let update = updates[instance.service] else { return false }
        return update.isWatching(instance.number, at: now)
    }

    // MARK: How the instances stand

    private func members(of record: ServiceRecord, in update: RollingUpdate) -> [Int: UpdateMember] {
        var members: [Int: UpdateMember] = [:]
        for member in record.members where wish(for: member) != .absent {
            guard let machine = instances[member] else { continue }
            members[member.number] = UpdateMember(
                standing: standing(of: machine, towards: update.goal.launch),
                isFormer: machine.presentLaunch == update.former?.launch)
        }
        return members
    }

    private func standing(of machine: InstanceMachine, towards goal: LaunchSpecification) -> UpdateStanding {
        if !machine.isLive, wish(for: machine.id) == .stopped { return .stopped }
        let isThere = machine.presentLaunch == goal
        switch machine.phase {
        case .starting, .running, .paused, .stopping:
            guard isThere else { return .former(isServing: isFit(machine)) }
            return machine.isWell ? .serving : .coming
        case .pending, .waiting, .backoff, .stopped: return isThere ? .coming : .idle
        case .completed: return isThere ? .serving : .idle
        case .failed: return isThere ? .over(machine.lastError ?? "failed for good") : .idle
        case .quarantined: return isThere ? .over(machine.lastError ?? "is quarantined") : .idle
        }
    }

    // MARK: Going on

    mutating func advanceUpdate(of name: String) {
        guard !updates.isEmpty, var update = updates[name], update.isUnderWay, isConfigured, shutDown == nil,
            let record = services[name], !record.isRemoved, !isSetAside(name)
        else { return }
        let actions = update.advance(
            members(of: record, in: update), mayBegin: updateHindrance(of: name) == nil, at: now)
        updates[name] = update
        carryOut(actions, of: name)
    }

    /// Why no instance that serves may be replaced now, in words: it could not be started again.
    func updateHindrance(of name: String) -> String? {
        if let obstacle = obstacle(for: name) { return obstacle }
        let dependency = services[name]?.dependencies.first {
            services[$0.service]?.summary.isLeaving == true || updates[$0.service]?.isUnderWay == true
        }
        return dependency.map { "\($0.service) is being updated itself" }
    }

    /// An instance failed by its own fault. True where its fate is the update's from now on, and not its restart policy's.
    mutating func noteUpdateFailure(_ instance: InstanceID, _ cause: FailureCause) -> Bool {
        let name = instance.service
        guard isWatchedInUpdate(instance), var update = updates[name], let record = services[name],
            let launch = instances[instance]?.specification.launch, blame(for: name, forEnd: true) == nil,
            !isUntouchable(name)
        else { return false }
        let actions = update.fail(instance.number, cause.sentence, members(of: record, in: update), at: now)
        updates[name] = update
        carryOut(actions, of: name)
        advanceUpdate(of: name)
        guard wish(for: instance) == .run, let machine = instances[instance] else { return true }
        return machine.isOutdated || machine.specification.launch != launch
    }

    // MARK: What it wants done

    private mutating func carryOut(_ actions: [UpdateAction], of name: String) {
        for action in actions {
            switch action {
            case .replace(let number): approach(InstanceID(name, number))
            case .add(let number): addCover(InstanceID(name, number))
            case .dismiss(let numbers): for number in numbers { touch(InstanceID(name, number)) }
            case .failed(let number, let cause):
                record(.updateFailed, InstanceID(name, number), "failed in the update", cause: cause)
            case .updated(let number): noteUpdated(InstanceID(name, number))
            case .entered(let phase): entered(phase, name)
            }
        }
    }

    /// One more instance, which serves while others are replaced.
    private mutating func addCover(_ instance: InstanceID) {
        guard let update = updates[instance.service] else { return }
        guard instances[instance] == nil else { return approach(instance) }
        var machine = InstanceMachine(instance, of: update.goal, at: now)
        machine.startKind = .replacement
        machine.startCause = "its configuration was changed: it serves while others are replaced"
        addMember(machine)
        roster = instances.keys.sorted()
        touch(instance)
    }

    private mutating func noteUpdated(_ instance: InstanceID) {
        guard let update = updates[instance.service] else { return }
        let text =
            update.extras.contains(instance.number)
            ? "serves while others are replaced" : "updated: \(update.finished) of \(update.total)"
        record(.updated, instance, text, cause: update.isBackwards ? "the update is rolled back" : nil)
    }

    private mutating func entered(_ phase: RollingUpdate.Phase, _ name: String) {
        incidentBook.isDue = true
        switch phase {
        case .updating: break
        case .completed:
            record(.updated, service: name, "all of it is updated")
            updates[name] = nil
        case .paused(let reason):
            record(.updatePaused, service: name, "the update goes no further", cause: reason)
        case .rollingBack(let reason):
            let count = updates[name]?.total ?? 0
            let words = updates[name]?.policy.words(instances: count) ?? ""
            record(.rollingBack, service: name, "going back to what ran before: \(words)", cause: reason)
        case .rolledBack(let reason):
            record(.rolledBack, service: name, "what ran before runs again", cause: reason)
        case .failed(let reason):
            record(.updatePaused, service: name, "the way back goes no further", cause: reason)
        }
        for member in services[name]?.members ?? [] { approach(member) }
        touchAll(of: name)
    }
}
