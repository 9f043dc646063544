import Healing
import Stack

/// Law 1: never two live processes of one instance. A start is wrong while the world still has one.
struct OneWriterOracle: Oracle {
    func look(at step: Step, in world: World) -> [String] {
        var started: Set<InstanceID> = []
        return step.starts.compactMap { instance, run in
            guard world.processes[instance] == nil, started.insert(instance).inserted else {
                return "law 1: \(instance) is started as run \(run) while a process of it lives"
            }
            return nil
        }
    }

    mutating func haleRestarted() {}
}
