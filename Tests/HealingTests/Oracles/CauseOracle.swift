import Healing
import Stack

/// Law 8: every action comes after an entry that names its instance and its cause.
struct CauseOracle: Oracle {
    func look(at step: Step, in world: World) -> [String] {
        var explained: Set<InstanceID> = []
        var broken: [String] = []
        for effect in step.effects {
            switch effect {
            case .record(let entry):
                if let instance = entry.instance, entry.cause != nil { explained.insert(instance) }
            case .start(let instance, _), .signal(let instance, _, _), .kill(let instance, _),
                .freeze(let instance, _), .thaw(let instance, _):
                if explained.contains(instance) { continue }
                broken.append("law 8: \(effect) has no cause")
            case .probe, .cancelProbe, .runHooks, .route, .incident, .allStopped: continue
            }
        }
        return broken
    }

    mutating func haleRestarted() {}
}
