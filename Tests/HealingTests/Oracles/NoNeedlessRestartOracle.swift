import Healing
import Stack

/// Law 2: what is alive and passes its own probes is not made to end, unless a person, a changed configuration or a
/// dependency with `restart: true` asks for it.
struct NoNeedlessRestartOracle: Oracle {
    /// What is known against a process that runs.
    private enum Standing {
        case good
        case failedProbe
        case failedStart
    }

    private var standing: [InstanceID: Standing] = [:]
    /// Processes that a person or a change of the file has spoken about.
    private var excused: Set<InstanceID> = []
    private var isGoingDown = false
    private var lastStack: Stack?

    mutating func look(at step: Step, in world: World) -> [String] {
        note(step)
        noteUpdates(step)
        defer { for (instance, _) in step.starts where !isStillDue(instance, world) { excused.remove(instance) } }
        return step.ends.compactMap { instance in
            guard step.before(instance).map({ [.running, .starting].contains($0.state) }) == true else { return nil }
            guard (standing[instance] ?? .good) == .good, !isGoingDown, !excused.contains(instance),
                !isDueToDependency(instance, step)
            else { return nil }
            return "law 2: \(instance) is made to end although nothing is known against it"
        }
    }

    private mutating func note(_ step: Step) {
        switch step.event {
        case .configured(let stack):
            isGoingDown = false
            excused.formUnion(step.before.map(\.id).filter { changed($0, stack) })
            lastStack = stack
        case .asked(.shutDown, _): isGoingDown = true
        case .asked(.stop(let service, _), _), .asked(.restart(let service, _), _), .asked(.kill(let service, _), _):
            excused.formUnion(step.before.map(\.id).filter { $0.service == service })
        case .probed(let instance, let run, let result):
            guard step.before(instance)?.run == run else { break }
            if case .passed = result { standing[instance] = .good } else { standing[instance] = .failedProbe }
        case .hooksFinished(let instance, _, .postStart, .some): standing[instance] = .failedStart
        case .started(let instance, _, _): standing[instance] = .good
        case .timePassed:
            // Probes and starts that are never answered fail by time; the engine says so.
            for entry in step.entries where entry.kind == .startFailed || entry.kind == .unhealthy {
                if let instance = entry.instance { standing[instance] = .failedProbe }
            }
        case .exited(let instance, _, let exit) where exit.successor != nil: standing[instance] = .good
        case .configurationRefused, .adopted, .startFailed, .ready, .statusText, .heartbeat, .stoppingItself,
            .extendTimeout, .exited, .standingOrdersWithdrawn, .drained, .asked, .hooksFinished, .callsFailed:
            break
        }
    }

    /// Whether it was only started again as what it had been, and is to be replaced later.
    private func isStillDue(_ instance: InstanceID, _ world: World) -> Bool {
        guard let update = world.engine.updates[instance.service],
            let launch = world.engine.specification(of: instance)?.launch
        else { return false }
        switch update.phase {
        case .updating: return launch != update.service.launch
        case .rollingBack: return launch != update.former?.launch
        case .paused, .completed, .rolledBack, .failed: return false
        }
    }

    /// A way back replaces what is well too, whatever the file says, and who only served meanwhile goes.
    private mutating func noteUpdates(_ step: Step) {
        for entry in step.entries where entry.instance == nil {
            let members = (step.before + step.after).map(\.id).filter { $0.service == entry.service }
            let replicas = entry.service.flatMap { step.stack.services[$0]?.replicas } ?? 0
            switch entry.kind {
            case .updating, .rollingBack: excused.formUnion(members)
            case .updated, .updatePaused, .rolledBack: excused.formUnion(members.filter { $0.number > replicas })
            default: break
            }
        }
    }

    private func changed(_ instance: InstanceID, _ stack: Stack) -> Bool {
        guard let service = stack.services[instance.service], instance.number <= service.replicas else { return true }
        return lastStack?.services[instance.service]?.launch != service.launch
    }

    private func isDueToDependency(_ instance: InstanceID, _ step: Step) -> Bool {
        let ends = step.entries.filter { $0.instance == instance && $0.kind == .stopping }
        return step.stack.services[instance.service]?.dependencies.contains { dependency in
            dependency.restart && ends.contains { $0.cause == "\(dependency.service) was restarted" }
        } ?? false
    }

    mutating func haleRestarted() {
        isGoingDown = false
    }
}
