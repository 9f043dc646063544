internal import Stack

/// Who needs whom, whose fault a failure is, and what a start waits for.
extension Engine {
    /// Everything `service` needs, directly or not, the nearest first.
    func allDependencies(of service: String) -> [String] {
        closure(of: service) { services[$0]?.dependencies.map(\.service) ?? [] }
    }

    /// Everyone who needs `service`, directly or not, the nearest first.
    func allDependents(of service: String) -> [String] {
        closure(of: service) { services[$0]?.dependents ?? [] }
    }

    private func closure(of service: String, _ neighbours: (String) -> [String]) -> [String] {
        var found: [String] = []
        var seen: Set<String> = [service]
        var position = 0
        var next = neighbours(service)
        while true {
            for name in next where seen.insert(name).inserted { found.append(name) }
            guard position < found.count else { return found }
            next = neighbours(found[position])
            position += 1
        }
    }

    /// The dependency, direct or not, that explains a failure of `service` now, in words; nil where none does.
    ///
    /// An end of a process (`forEnd`) is not explained by a dependency that runs badly but is left alone by its policy:
    /// waiting for its repair would be in vain.
    func blame(for service: String, forEnd: Bool) -> String? {
        for name in allDependencies(of: service) {
            guard let record = services[name], !record.summary.isWell, record.service.replicas > 0 else { continue }
            if forEnd, record.summary.isLeftAlone { continue }
            return trouble(of: name)
        }
        return nil
    }

    /// Whether something that `service` needs, directly or not, is down and will come back.
    func needsWhatIsDown(_ service: String) -> Bool {
        allDependencies(of: service).contains { name in
            guard let record = services[name], record.service.replicas > 0 else { return false }
            return record.summary.isDown && !record.summary.isLeftAlone
        }
    }

    /// What keeps `service` from being started, in words; nil where all its conditions hold.
    func obstacle(for service: String) -> String? {
        guard let dependency = services[service]?.dependencies.first(where: { !holds($0) }) else { return nil }
        let state = trouble(of: dependency.service)
        switch dependency.condition {
        case .started: return "waiting for \(dependency.service) to be started: \(state)"
        case .healthy: return "waiting for \(dependency.service) to be healthy: \(state)"
        case .completedSuccessfully: return "waiting for \(dependency.service) to complete: \(state)"
        }
    }

    /// Whether what a dependency asks for is true.
    private func holds(_ dependency: Dependency) -> Bool {
        guard let record = services[dependency.service], record.service.replicas > 0, !record.isRemoved else {
            return true
        }
        let summary = record.summary
        if !dependency.required, summary.isOver { return true }
        guard !summary.isLeaving else { return false }
        switch dependency.condition {
        case .started: return summary.isStarted
        case .healthy: return summary.isHealthy
        case .completedSuccessfully: return summary.isCompleted
        }
    }

    /// The name of what `service` waits for or is not well because of, if anything.
    func culprit(for service: String) -> String? {
        if let dependency = services[service]?.dependencies.first(where: { !holds($0) }) { return dependency.service }
        return allDependencies(of: service).first { name in
            services[name].map { !$0.summary.isWell && $0.service.replicas > 0 } ?? false
        }
    }

    /// What is the matter with a service, in words.
    func trouble(of service: String) -> String {
        guard let record = services[service] else { return "\(service) is not part of the stack" }
        let machines = record.members.compactMap { instances[$0] }
        let bad = machines.first { !$0.isWell && $0.phase != .completed }
        guard let machine = bad ?? machines.first else {
            return "\(service) is absent"
        }
        if isInMaintenance(service) { return "\(service) is in maintenance" }
        switch machine.phase {
        case .pending: return "\(service) is not started yet"
        case .waiting: return "\(service) waits itself"
        case .starting: return machine.announcesRestart ? "\(service) is being restarted" : "\(service) is starting"
        case .running: return troubleOfRunning(machine)
        case .paused: return "\(service) is paused by hand"
        case .stopping(let stopping):
            switch stopping.purpose {
            case .byHand, .shutDown, .removal: return "\(service) is being stopped"
            case .replacement, .restartByHand, .dependencyRestart, .repair, .ownWill:
                return "\(service) is being restarted"
            }
        case .backoff: return "\(service) is being restarted: \(machine.lastError ?? machine.startCause)"
        case .stopped: return "\(service) is stopped by hand"
        case .completed: return "\(service) has completed"
        case .failed: return "\(service) has failed: \(machine.lastError ?? "no restart is allowed")"
        case .quarantined: return "\(service) is quarantined: \(machine.lastError ?? "its restart budget is spent")"
        }
    }

    private func troubleOfRunning(_ machine: InstanceMachine) -> String {
        let service = machine.id.service
        let detail = machine.health.lastFailure.map { ": \($0)" } ?? ""
        switch machine.health.verdict {
        case .starting where machine.announcesRestart: return "\(service) is being restarted\(detail)"
        case .starting: return "\(service) is starting\(detail)"
        case .unhealthy: return "\(service) is unhealthy\(detail)"
        case .none, .healthy:
            return machine.isWell ? "\(service) is well" : "\(service) is failing\(detail)"
        }
    }
}
