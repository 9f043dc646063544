import Healing
import Stack

/// Law 7: signal, grace, then kill. A service with data gets its full grace, unless a person gave another.
struct GraceOracle: Oracle {
    private struct Key: Hashable {
        var instance: InstanceID
        var run: Int
    }

    private var signalled: [Key: Instant] = [:]
    private var graceByHand: [InstanceID: Duration] = [:]
    private var graceForAll: Duration?

    mutating func look(at step: Step, in world: World) -> [String] {
        note(step)
        var broken: [String] = []
        for effect in step.effects {
            switch effect {
            case .signal(let instance, let run, _):
                if signalled[Key(instance: instance, run: run)] == nil {
                    signalled[Key(instance: instance, run: run)] = step.now
                }
            case .kill(let instance, let run):
                if let complaint = judge(instance, run, step) { broken.append(complaint) }
            case .start(let instance, _): graceByHand[instance] = nil
            case .freeze, .thaw, .probe, .cancelProbe, .runHooks, .route, .record, .incident, .allStopped,
                .standingOrder, .revokeStandingOrder, .allowStandingOrder, .drain:
                break
            }
        }
        return broken
    }

    private mutating func note(_ step: Step) {
        switch step.request {
        case .stop(let service, let grace?), .restart(let service, let grace?):
            for instance in step.before.map(\.id) where instance.service == service {
                graceByHand[instance] = min(grace, graceByHand[instance] ?? grace)
            }
        case .shutDown(let grace?): graceForAll = grace
        case .start, .stop, .restart, .kill, .pause, .unpause, .maintenance, .pauseHealing, .releaseQuarantine,
            .shutDown, nil:
            break
        }
        if case .configured = step.event { graceForAll = nil }
    }

    private func judge(_ instance: InstanceID, _ run: Int, _ step: Step) -> String? {
        if case .kill = step.request { return nil }
        guard let service = step.stack.services[instance.service] else { return nil }
        guard let since = signalled[Key(instance: instance, run: run)] else {
            return "law 7: \(instance) is killed without having been asked to end"
        }
        var due = service.hasDataVolume ? service.stop.grace : min(service.stop.grace, .seconds(2))
        if let grace = graceByHand[instance] { due = min(due, grace) }
        if let graceForAll { due = min(due, graceForAll) }
        guard step.now - since < due else { return nil }
        return "law 7: \(instance) is killed after \(step.now - since) instead of \(due)"
    }

    mutating func haleRestarted() {
        signalled = [:]
        graceByHand = [:]
        graceForAll = nil
    }
}
