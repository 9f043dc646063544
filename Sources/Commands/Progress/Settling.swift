internal import Control
internal import Stack

/// Judges whether a stack has come where a command wants it.
struct Settling {
    enum Goal {
        /// Every instance was started at least once.
        case started
        /// Every instance runs and is healthy, where it can be known, or has completed.
        case ready
    }

    enum Verdict: Equatable {
        case underway
        case reached
        /// Nothing more will happen by itself soon: these failed, the others are settled or need one of them.
        case failed([String])
    }

    private enum Place {
        case underway, reached, failed
    }

    let goal: Goal
    let stack: Stack
    /// Those that count.
    let services: [String]

    func verdict(of status: StackStatus) -> Verdict {
        var places: [String: Place] = [:]
        for name in stack.services.keys { places[name] = place(of: name, status) }
        let failed = services.filter { places[$0] == .failed }
        let open = services.filter { places[$0] == .underway }
        if open.isEmpty { return failed.isEmpty ? .reached : .failed(failed) }
        let culprits = stack.services.keys.filter { places[$0] == .failed }.sorted()
        guard Blockage(stack: stack).areBlocked(open, by: culprits) else { return .underway }
        return .failed(failed.isEmpty ? culprits : failed)
    }

    private func place(of name: String, _ status: StackStatus) -> Place {
        if stack.services[name]?.replicas == 0 { return .reached }
        guard let service = status.services[name], !service.instances.isEmpty else { return .underway }
        // What a person holds back is where that person wants it.
        let isHeldBack = service.operatorWill != nil || status.pause != nil
        let places = service.instances.map { instance in
            isHeldBack && [.waiting, .stopped].contains(instance.state) ? .reached : place(instance)
        }
        if goal == .ready, let update = service.update, !isHeldBack {
            switch update.state {
            case .updating, .rollingBack: return .underway
            case .paused, .rolledBack, .failed: return .failed
            }
        }
        if places.contains(.failed) { return .failed }
        return places.contains(.underway) ? .underway : .reached
    }

    private func place(_ instance: InstanceStatus) -> Place {
        switch (instance.state, goal) {
        case (.failed, _), (.quarantined, _): .failed
        case (.completed, _), (.paused, _): .reached
        // Nobody wants this one stopped but a `down` of the whole stack, after which there is nothing to be asked.
        case (.pending, _), (.waiting, _), (.stopped, _): .underway
        case (.running, .ready): instance.isWell ? .reached : .underway
        case (.running, .started): .reached
        case (.starting, .started): instance.pid == nil ? .underway : .reached
        case (.backoff, .started): .reached
        case (.stopping, _), (.starting, .ready), (.backoff, .ready): .underway
        }
    }
}

/// Tells what cannot come along by itself.
struct Blockage {
    let stack: Stack

    /// Whether every one of `services` needs one of `culprits`, directly or through others.
    func areBlocked(_ services: [String], by culprits: [String]) -> Bool {
        services.allSatisfy { needs($0, anyOf: Set(culprits)) }
    }

    private func needs(_ service: String, anyOf culprits: Set<String>) -> Bool {
        var seen: Set<String> = [service]
        var open = [service]
        while let name = open.popLast() {
            for dependency in stack.dependencies(of: name) where dependency.required {
                if culprits.contains(dependency.service) { return true }
                if seen.insert(dependency.service).inserted { open.append(dependency.service) }
            }
        }
        return false
    }
}
