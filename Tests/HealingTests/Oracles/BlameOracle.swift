import Healing
import Stack

/// Law 3: while a dependency is down, its dependents are not repaired for failures that began after it.
struct BlameOracle: Oracle {
    /// When the present row of failed probes of an instance began.
    private var failingSince: [InstanceID: Instant] = [:]

    mutating func look(at step: Step, in world: World) -> [String] {
        note(step)
        return step.entries.compactMap { entry in
            guard entry.kind == .restartPlanned, let instance = entry.instance,
                step.before(instance)?.state == .running, step.after(instance)?.state == .stopping
            else { return nil }
            return visiblyDown(instance, step) ?? trulyDown(instance, step, world)
        }
    }

    /// A dependency that everyone can see is down.
    private func visiblyDown(_ instance: InstanceID, _ step: Step) -> String? {
        for name in dependencies(of: instance.service, in: step.stack) {
            // What was scaled to nothing is not waited for, even while its last process still ends.
            guard let service = step.stack.services[name], service.replicas > 0 else { continue }
            let reports = step.after.filter { $0.id.service == name && $0.state != .completed }
            guard !reports.isEmpty, reports.count == step.after.count(where: { $0.id.service == name }) else {
                continue
            }
            if reports.allSatisfy({ $0.state != .running || $0.health == .unhealthy || $0.health == .starting }) {
                return "law 3: \(instance) is repaired while \(name), which it needs, is down"
            }
        }
        return nil
    }

    /// A dependency with a probe that was bad, in truth, before the dependent's failures began.
    private func trulyDown(_ instance: InstanceID, _ step: Step, _ world: World) -> String? {
        guard let since = failingSince[instance] else { return nil }
        for name in dependencies(of: instance.service, in: step.stack) {
            // Who tells by itself cannot be asked.
            guard let check = step.stack.services[name]?.check, !check.isHeartbeat,
                step.stack.services[name]?.replicas == 1,
                world.habits[name]?.work == nil, let bad = world.badSince[InstanceID(name, 1)], bad < since
            else { continue }
            return "law 3: \(instance), failing since \(since.milliseconds) ms, is repaired although \(name), "
                + "which it needs, has been bad since \(bad.milliseconds) ms"
        }
        return nil
    }

    private mutating func note(_ step: Step) {
        guard case .probed(let instance, _, let result) = step.event else { return }
        if case .passed = result {
            failingSince[instance] = nil
        } else if failingSince[instance] == nil {
            failingSince[instance] = step.now
        }
    }

    private func dependencies(of service: String, in stack: Stack) -> Set<String> {
        var found: Set<String> = []
        var next = [service]
        while let name = next.popLast() {
            for dependency in stack.dependencies(of: name) where found.insert(dependency.service).inserted {
                next.append(dependency.service)
            }
        }
        return found
    }

    mutating func haleRestarted() {
        failingSince = [:]
    }
}

extension HealthCheck {
    fileprivate var isHeartbeat: Bool {
        if case .heartbeat = probe { true } else { false }
    }
}
