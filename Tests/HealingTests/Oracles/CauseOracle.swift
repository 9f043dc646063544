import Healing
import Stack

/// Law 8: every action comes after an entry that names its instance and its cause, and every change of where clients go
/// comes with one.
struct CauseOracle: Oracle {
    func look(at step: Step, in world: World) -> [String] {
        var explained: Set<InstanceID> = []
        var broken: [String] = []
        let routed = Set(step.effects.compactMap(Self.explainedRoute))
        for effect in step.effects {
            switch effect {
            case .record(let entry):
                if let instance = entry.instance, entry.cause != nil { explained.insert(instance) }
            case .start(let instance, _), .signal(let instance, _, _), .kill(let instance, _),
                .freeze(let instance, _), .thaw(let instance, _), .drain(let instance, _):
                if explained.contains(instance) { continue }
                broken.append("law 8: \(effect) has no cause")
            case .route(let service, _):
                if !routed.contains(service) { broken.append("law 8: \(effect) has no cause") }
            case .probe, .cancelProbe, .runHooks, .incident, .allStopped, .standingOrder, .revokeStandingOrder,
                .allowStandingOrder:
                continue
            }
        }
        return broken
    }

    private static func explainedRoute(_ effect: Effect) -> String? {
        guard case .record(let entry) = effect, entry.cause != nil else { return nil }
        return [.held, .forwarding, .refusing].contains(entry.kind) ? entry.service : nil
    }

    mutating func haleRestarted() {}
}
