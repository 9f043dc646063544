import Healing
import Stack

/// What anyone outside can see of failures: the incidents' oracle holds the engine's books against it.
struct FailureSigns {
    /// Instances found unhealthy while nobody wanted them left alone.
    private var unhealthy: Set<InstanceID> = []
    /// Instances whose last probe failed.
    private var doubtful: Set<InstanceID> = []
    /// Instances that a person signalled since their last start.
    private var signalled: [InstanceID: Int32] = [:]
    /// Instances that ended for good or are in quarantine, until a person takes them out of Hale's care.
    private var ended: Set<InstanceID> = []
    private var needed: [String: Set<String>] = [:]
    private var leftAlone: Set<String> = []
    private var isGoingDown = false
    private var pausedUntil = Instant.zero

    mutating func note(_ step: Step) {
        noteEvent(step)
        if step.now <= pausedUntil { for service in Set(step.after.map(\.id.service)) { touch(service) } }
        for entry in step.entries {
            guard let instance = entry.instance else { continue }
            switch entry.kind {
            case .suspected:
                // What clients meet is no answer of the instance's own.
                guard case .callsFailed = step.event else {
                    doubtful.insert(instance)
                    continue
                }
            case .unhealthy:
                doubtful.insert(instance)
                if !leftAlone.contains(instance.service) { unhealthy.insert(instance) }
            case .healthy:
                unhealthy.remove(instance)
                doubtful.remove(instance)
            case .starting, .restarting:
                unhealthy.remove(instance)
                doubtful.remove(instance)
                signalled[instance] = nil
            case .exited: unhealthy.remove(instance)
            case .failed, .quarantined: ended.insert(instance)
            default: break
            }
        }
        unhealthy = unhealthy.filter { instance in
            step.after(instance).map { $0.state == .running && $0.health == .unhealthy } ?? false
        }
        ended = ended.filter { instance in
            step.after(instance).map { $0.state == .failed || $0.state == .quarantined } ?? false
        }
    }

    private mutating func noteEvent(_ step: Step) {
        switch step.event {
        case .configured(let stack):
            isGoingDown = false
            needed = stack.services.mapValues { stack.allDependencies(of: $0.name) }
            // A changed check or scale is a new judgement.
            unhealthy = []
        case .probed(let instance, _, .passed): doubtful.remove(instance)
        case .probed(let instance, _, .failed): doubtful.insert(instance)
        case .asked(let request, _): note(request, step)
        default: break
        }
    }

    private mutating func note(_ request: Request, _ step: Step) {
        guard !isGoingDown else { return }
        switch request {
        case .kill(let service, let signal):
            for instance in step.before.map(\.id) where instance.service == service { signalled[instance] = signal }
        case .pause(let service): touch(service)
        case .unpause(let service): touch(service)
        case .maintenance(let service, _): touch(service)
        case .pauseHealing(let time): pausedUntil = step.now + max(time, .zero)
        case .shutDown:
            isGoingDown = true
            ended = []
        case .stop(let service, _): ended = ended.filter { $0.service != service }
        case .start, .restart, .releaseQuarantine: break
        }
    }

    /// What was known of a service that is left alone for a while is asked anew afterwards.
    private mutating func touch(_ service: String) {
        unhealthy = unhealthy.filter { $0.service != service }
        leftAlone.insert(service)
    }

    func isByHand(_ service: String) -> Bool {
        signalled.keys.contains { $0.service == service }
    }

    /// Whether this event is the end of an instance by the very signal that a person sent it.
    func isEndByHand(_ event: Event) -> Bool {
        guard case .exited(let instance, _, let exit) = event, let signal = signalled[instance] else { return false }
        return exit.status == .signal(signal) && !exit.outOfMemory
    }

    func needs(_ service: String, _ other: String) -> Bool {
        needed[service]?.contains(other) ?? false
    }

    /// Services that fail for all to see, and that no person has ever wanted left alone.
    func failing(_ step: Step) -> [String] {
        guard !isGoingDown else { return [] }
        return Set(ended.union(unhealthy).map(\.service)).subtracting(leftAlone).sorted()
    }

    /// Whether some instance of a service does what it is there for.
    func isWell(_ service: String, _ step: Step) -> Bool {
        guard let wanted = step.stack.services[service], wanted.replicas > 0 else { return true }
        return step.after.contains {
            guard $0.id.service == service else { return false }
            return $0.state == .completed && (wanted.check == nil || step.stack.isOneShot(service))
                || $0.state == .running && [.none, .healthy].contains($0.health) && !doubtful.contains($0.id)
        }
    }

    mutating func haleRestarted() {
        unhealthy = []
        isGoingDown = false
    }
}
