import Healing
import Stack

/// Law 6: when faults stop, everything that can be well is well within a stated bound.
struct Convergence {
    /// More than the longest chain of backoffs, releases and graces that generated policies allow.
    static let bound = Duration.seconds(900)

    /// Instances that are neither well nor at an end their policy or a person has decided, in words.
    static func stuck(_ world: World) -> [String] {
        let reports = world.engine.report()
        var isOff: [String: Bool] = [:]
        return UpdateOracle.unfinished(world) { needsWhatIsOff($0, reports, world) }
            + reports.compactMap { report in
                explains(report, reports, world, &isOff)
                    ? nil : "\(report.id) is \(report.state), \(report.health): \(report)"
            }
    }

    private static func explains(
        _ report: InstanceReport, _ reports: [InstanceReport], _ world: World, _ isOff: inout [String: Bool]
    ) -> Bool {
        let name = report.id.service
        guard let service = world.stack.services[name] else { return false }
        // A job that its policy starts again and again is never done.
        if world.habits[name]?.work != nil, !world.stack.isOneShot(name), service.restart.condition != .no,
            service.restart.condition != .onFailure
        {
            return true
        }
        let will = world.engine.wills[name] ?? OperatorWill()
        switch report.state {
        case .running:
            if will.stopped || will.paused { return false }
            return report.health == .healthy || report.health == .none || needsWhatIsOff(name, reports, world)
        case .completed: return true
        case .stopped: return will.stopped
        case .paused: return will.paused
        case .failed: return service.restart.condition == .no || service.restart.maximumAttempts != nil
        case .quarantined: return report.nextActionAt == nil
        case .waiting: return will.paused || needsWhatIsOff(name, reports, world)
        case .pending, .starting, .backoff, .stopping: return false
        }
    }

    /// Whether it is there to end: nobody would ask such a service how well it is.
    private static func isJob(_ service: String, _ world: World) -> Bool {
        world.stack.isOneShot(service) || world.stack.services[service]?.check == nil
    }

    /// Whether something it needs, directly or not, is rightly not there.
    private static func needsWhatIsOff(_ service: String, _ reports: [InstanceReport], _ world: World) -> Bool {
        world.stack.dependencies(of: service).contains { dependency in
            let others = reports.filter { $0.id.service == dependency.service }
            let isThere = others.contains {
                $0.state == .running && ($0.health == .healthy || $0.health == .none)
                    || $0.state == .completed && isJob(dependency.service, world)
            }
            let isWhole = others.allSatisfy {
                dependency.condition == .completedSuccessfully
                    ? $0.state == .completed : [.running, .completed, .failed, .quarantined].contains($0.state)
            }
            return !others.isEmpty && (!isThere || !isWhole) || needsWhatIsOff(dependency.service, reports, world)
        }
    }
}
