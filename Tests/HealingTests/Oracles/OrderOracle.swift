import Healing
import Stack

/// Law 5: start after the conditions hold; when the stack goes down, stop in reverse.
struct OrderOracle: Oracle {
    private var isGoingDown = false

    mutating func look(at step: Step, in world: World) -> [String] {
        switch step.event {
        case .asked(.shutDown, _): isGoingDown = true
        case .configured: isGoingDown = false
        default: break
        }
        return starts(step) + (isGoingDown ? stops(step, world) : [])
    }

    private func starts(_ step: Step) -> [String] {
        step.starts.flatMap { instance, _ in
            step.stack.dependencies(of: instance.service).compactMap { dependency in
                let wanted = step.stack.services[dependency.service]?.replicas ?? 0
                let reports = step.after.filter { $0.id.service == dependency.service && $0.id.number <= wanted }
                    .map { Self.whenDecided($0, step) }
                guard !isSkipped(dependency, reports), !holds(dependency.condition, reports) else { return nil }
                return "law 5: \(instance) is started although \(dependency.service) is not \(dependency.condition)"
            }
        }
    }

    /// What was true when the start was decided: an instance that is stopped later in the same step still ran.
    private static func whenDecided(_ report: InstanceReport, _ step: Step) -> InstanceReport {
        guard let before = step.before(report.id), report.state == .stopping, before.state == .running else {
            return report
        }
        return before
    }

    /// Instances that are down for good do not count, as long as there are others.
    private func holds(_ condition: Dependency.Condition, _ reports: [InstanceReport]) -> Bool {
        let counting = reports.filter { $0.state != .failed && $0.state != .quarantined }
        switch condition {
        case .started: return !counting.isEmpty && counting.allSatisfy { [.running, .completed].contains($0.state) }
        case .healthy:
            let serving = counting.filter { $0.state != .completed }
            return !serving.isEmpty
                && serving.allSatisfy { $0.state == .running && ($0.health == .healthy || $0.health == .none) }
        case .completedSuccessfully: return reports.allSatisfy { $0.state == .completed }
        }
    }

    private func isSkipped(_ dependency: Dependency, _ reports: [InstanceReport]) -> Bool {
        reports.isEmpty
            || !dependency.required
                && reports.allSatisfy { [.failed, .quarantined, .stopped, .completed].contains($0.state) }
    }

    private func stops(_ step: Step, _ world: World) -> [String] {
        step.ends.compactMap { instance in
            guard [.running, .paused].contains(step.before(instance)?.state) else { return nil }
            let dependents = step.stack.dependents(of: instance.service)
            guard let left = world.processes.keys.sorted().first(where: { dependents.contains($0.service) }) else {
                return nil
            }
            return "law 5: \(instance) is stopped before \(left), which needs it"
        }
    }

    mutating func haleRestarted() {
        isGoingDown = false
    }
}
