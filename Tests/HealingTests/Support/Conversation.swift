import Stack

@testable import Healing

/// A dialogue that knows which probes are under way.
struct Conversation {
    private var dialogue = Dialogue()
    private var probing: Set<InstanceID> = []

    init() {}

    /// A stack in which everything runs and has passed its first probe.
    init(well services: Service...) {
        tell(.configured(Dialogue.stack(services)))
        for service in services {
            for instance in service.instances { tell(.started(instance, run: 1, pid: 7)) }
            if service.check != nil { for instance in service.instances { pass(instance, 1) } }
        }
    }

    var now: Instant { dialogue.now }

    var engine: Engine {
        get { dialogue.engine }
        set {
            dialogue.engine = newValue
            probing = []
        }
    }

    mutating func wait(_ time: Duration) { dialogue.wait(time) }

    func state(_ service: String) -> Lifecycle? { dialogue.state(service) }

    @discardableResult
    mutating func tell(_ event: Event) -> [Effect] {
        let effects = dialogue.engine.handle(event, at: now)
        var answers: [Event] = []
        if case .probed(let instance, _, _) = event { probing.remove(instance) }
        for effect in effects {
            switch effect {
            case .probe(let instance, _, _): probing.insert(instance)
            case .cancelProbe(let instance, _): probing.remove(instance)
            case .start, .signal, .kill, .freeze, .thaw, .runHooks, .route, .record, .incident, .allStopped,
                .standingOrder, .revokeStandingOrder:
                break
            case .allowStandingOrder(let allowed):
                if !allowed { answers.append(.standingOrdersWithdrawn) }
            case .drain(let instance, let run): answers.append(.drained(instance, run: run))
            }
        }
        return answers.reduce(effects) { $0 + tell($1) }
    }

    /// The incidents it tells of.
    mutating func incidents(_ event: Event) -> [Incident] {
        tell(event).compactMap { if case .incident(let incident) = $0 { incident } else { nil } }
    }

    mutating func entries(_ event: Event) -> [Entry] {
        tell(event).compactMap { if case .record(let entry) = $0 { entry } else { nil } }
    }

    /// Lets `time` pass, ringing every deadline at its instant.
    mutating func pass(_ time: Duration) {
        let end = now + time
        var rings = 0
        while rings < 1_000, let next = engine.nextDeadline, next <= end {
            rings += 1
            dialogue.now = max(now, next)
            tell(.timePassed)
        }
        dialogue.now = end
    }

    /// The next probe of an instance, which may be under way, passes.
    mutating func pass(_ instance: InstanceID, _ run: Int) {
        ask(instance)
        tell(.probed(instance, run: run, .passed(took: .zero)))
    }

    mutating func fail(_ instance: InstanceID, _ run: Int, _ reason: String) {
        ask(instance)
        tell(.probed(instance, run: run, .failed(reason)))
    }

    private mutating func ask(_ instance: InstanceID) {
        var rings = 0
        while rings < 100, !probing.contains(instance), let next = engine.nextDeadline {
            rings += 1
            dialogue.now = max(now, next)
            tell(.timePassed)
        }
    }
}
