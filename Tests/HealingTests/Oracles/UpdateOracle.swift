import Healing
import Stack

/// An update takes no more instances that serve from the clients at a time than its policy says, start-first takes none
/// before another serves instead, and nothing is ever started beside an instance with a data volume.
struct UpdateOracle: Oracle {
    /// Instances that served when their turn came and do not serve again yet.
    private var inTurn: Set<InstanceID> = []
    /// Services whose cover or members did not do what they should: then less is promised.
    private var troubled: Set<String> = []
    private var isBackwards: Set<String> = []
    private var former: [String: Bool] = [:]

    mutating func look(at step: Step, in world: World) -> [String] {
        note(step)
        return step.starts.compactMap { cover($0.instance, step, world) } + step.ends.compactMap { takenDown($0, step) }
    }

    private mutating func note(_ step: Step) {
        if case .configured = step.event { inTurn = inTurn.filter { step.stack.services[$0.service] != nil } }
        if case .asked = step.event { troubled = Set(step.stack.services.keys) }
        for entry in step.entries {
            guard let service = entry.service else { continue }
            switch entry.kind {
            case .updating:
                isBackwards.remove(service)
                troubled.remove(service)
                inTurn = inTurn.filter { $0.service != service }
            case .rollingBack: isBackwards.insert(service)
            case .updated, .updateFailed, .quarantined, .failed:
                if let instance = entry.instance { inTurn.remove(instance) }
            default: break
            }
            switch entry.kind {
            case .exited where step.before.contains { $0.id == entry.instance && $0.state != .stopping }:
                troubled.insert(service)
            case .updateFailed, .unhealthy, .suspected, .startFailed, .restartPlanned, .hookFailed, .waiting:
                troubled.insert(service)
            default: break
            }
        }
        inTurn = inTurn.filter { step.after($0) != nil }
    }

    private func cover(_ instance: InstanceID, _ step: Step, _ world: World) -> String? {
        guard let service = step.stack.services[instance.service], instance.number > service.replicas,
            service.hasDataVolume || world.engine.specification(of: instance)?.hasDataVolume == true
        else { return nil }
        return "law 1: \(instance) is started beside others, though \(service.name) has a data volume"
    }

    private mutating func takenDown(_ instance: InstanceID, _ step: Step) -> String? {
        let isTurn = step.entries.contains {
            $0.kind == .stopping && $0.instance == instance && $0.cause == "its configuration was changed"
        }
        guard isTurn, let service = step.stack.services[instance.service], service.isUpdatedInTurns,
            instance.number <= service.replicas, let before = step.before(instance), Self.serves(before)
        else { return nil }
        inTurn.insert(instance)
        guard !troubled.contains(service.name) else { return nil }
        let policy = isBackwards.contains(service.name) ? service.rollbackPolicy : service.updatePolicy
        let own = inTurn.filter { $0.service == service.name && $0.number <= service.replicas }
        let limit = policy.parallelism == 0 ? service.replicas : policy.parallelism
        if own.count > limit { return "update: \(own.sorted()) are replaced at a time, which is more than \(limit)" }
        guard policy.order == .startFirst else { return nil }
        let serving = step.after.count { $0.id.service == service.name && Self.serves($0) }
        guard serving < service.replicas else { return nil }
        return "update: \(instance) is stopped while \(serving) serve, though it is start-first"
    }

    private static func serves(_ report: InstanceReport) -> Bool {
        report.state == .running && (report.health == .healthy || report.health == .none)
    }

    mutating func haleRestarted() {
        troubled = Set(inTurn.map(\.service))
        for service in troubled { inTurn = inTurn.filter { $0.service != service } }
    }

    // MARK: When faults have stopped

    /// Updates that do not end, and processes that are not of the version that should run.
    static func unfinished(_ world: World, isHeldUp: (String) -> Bool) -> [String] {
        let engine = world.engine
        var broken: [String] = []
        for (name, service) in world.stack.services.sorted(by: { $0.key < $1.key }) {
            let will = engine.wills[name] ?? OperatorWill()
            if will.paused || isHeldUp(name) { continue }
            let update = engine.updates[name]
            var due = service.launch
            switch update?.phase {
            case .updating, .rollingBack:
                broken.append("the update of \(name) has not ended: \(update as Any)")
                continue
            case .rolledBack: due = update?.former?.launch ?? due
            case .paused, .failed: continue
            case .completed, nil: break
            }
            for (instance, process) in world.processes where instance.service == name {
                if instance.number > service.replicas { broken.append("\(instance) is left over") }
                if process.launch != due {
                    broken.append("\(instance) runs \(process.launch.command) instead of \(due.command)")
                }
            }
        }
        return broken
    }
}
