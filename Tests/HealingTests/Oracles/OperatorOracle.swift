import Healing
import Stack

/// Law 9: stopped, paused or in maintenance by hand stays so. Its books hold what was asked, not what the engine says.
struct OperatorOracle: Oracle {
    private struct Wish {
        var stopped = false
        var paused = false
        var maintenanceUntil = Instant.zero
    }

    private var wishes: [String: Wish] = [:]
    private var isGoingDown = false
    /// Until when nothing is done that no person asked for.
    private var healingPausedUntil = Instant.zero
    /// Instances that a person's configuration has to start or to replace.
    private var configured: Set<InstanceID> = []
    private var lastStack: Stack?

    mutating func look(at step: Step, in world: World) -> [String] {
        note(step)
        return starts(step) + touches(step)
    }

    private mutating func note(_ step: Step) {
        switch step.event {
        case .configured(let stack):
            isGoingDown = false
            noteChanges(to: stack)
            wishes = wishes.filter { stack.services[$0.key] != nil }
        case .asked(let request, _): if !isGoingDown { note(request, step) }
        default: break
        }
    }

    /// A changed file is a person's request as well.
    private mutating func noteChanges(to stack: Stack) {
        defer { lastStack = stack }
        guard let lastStack else { return }
        for service in stack.services.values {
            let old = lastStack.services[service.name]
            for instance in service.instances
            where old?.launch != service.launch || instance.number > old?.replicas ?? 0 {
                configured.insert(instance)
            }
        }
    }

    private mutating func note(_ request: Request, _ step: Step) {
        switch request {
        case .start(let service):
            for name in [service] + needs(service, step.stack) {
                wishes[name, default: Wish()].stopped = false
                wishes[name, default: Wish()].paused = false
            }
        case .restart(let service, _):
            wishes[service, default: Wish()].stopped = false
            wishes[service, default: Wish()].paused = false
        case .stop(let service, _):
            wishes[service, default: Wish()].stopped = true
            wishes[service, default: Wish()].paused = false
        case .pause(let service): wishes[service, default: Wish()].paused = true
        case .unpause(let service): wishes[service, default: Wish()].paused = false
        case .maintenance(let service, let time):
            wishes[service, default: Wish()].maintenanceUntil = time > .zero ? step.now + time : .zero
        case .pauseHealing(let time): healingPausedUntil = time > .zero ? step.now + time : .zero
        case .shutDown: isGoingDown = true
        case .kill, .releaseQuarantine: break
        }
    }

    private func needs(_ service: String, _ stack: Stack) -> [String] {
        var found: [String] = []
        var next = [service]
        while let name = next.popLast() {
            for dependency in stack.dependencies(of: name) where !found.contains(dependency.service) {
                found.append(dependency.service)
                next.append(dependency.service)
            }
        }
        return found
    }

    private func starts(_ step: Step) -> [String] {
        step.starts.compactMap { instance, _ in
            let wish = wishes[instance.service] ?? Wish()
            if isGoingDown { return "law 9: \(instance) is started while the stack goes down" }
            if wish.stopped { return "law 9: \(instance) is started although it was stopped by hand" }
            if wish.paused { return "law 9: \(instance) is started although it was paused by hand" }
            let cause = step.entries.last { $0.instance == instance }?.cause ?? ""
            if step.now < wish.maintenanceUntil, !cause.contains("by hand") {
                return "law 9: \(instance) is started in maintenance: \(cause)"
            }
            return startWhilePaused(instance, cause, step)
        }
    }

    private func startWhilePaused(_ instance: InstanceID, _ cause: String, _ step: Step) -> String? {
        guard step.now < healingPausedUntil, !cause.contains("by hand"), !cause.contains("wanted again"),
            !cause.contains("configuration"), !cause.contains("policy was changed"), !configured.contains(instance)
        else { return nil }
        return "law 9: \(instance) is started while Hale is paused: \(cause)"
    }

    /// The instance that is asked to end, or about to be.
    private static func told(_ effect: Effect) -> InstanceID? {
        switch effect {
        case .signal(let instance, _, _), .drain(let instance, _): instance
        default: nil
        }
    }

    private func touches(_ step: Step) -> [String] {
        step.effects.compactMap { effect in
            guard let instance = Self.told(effect), !isGoingDown, let wish = wishes[instance.service],
                step.request == nil,
                [.running, .paused].contains(step.before(instance)?.state),
                step.stack.services[instance.service].map({ $0.replicas >= instance.number }) == true
            else { return nil }
            if wish.paused, !wish.stopped { return "law 9: \(instance) is stopped although it was paused by hand" }
            if step.now < wish.maintenanceUntil, !wish.stopped {
                return "law 9: \(instance) is stopped although it is in maintenance"
            }
            if step.now < healingPausedUntil, !wish.stopped, !configured.contains(instance) {
                return "law 9: \(instance) is stopped while Hale is paused"
            }
            return nil
        }
    }

    mutating func haleRestarted() {
        isGoingDown = false
    }
}
