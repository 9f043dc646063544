import Healing
import Stack

/// A service `web` of several instances in a dialogue, whose processes are made as soon as they are asked for.
struct Fleet {
    var talk = Dialogue()
    /// The present run of each instance, by number.
    private(set) var runs: [Int: Int] = [:]
    private(set) var entries: [Entry] = []
    /// Versions whose processes end as soon as they were made.
    var crashing: Set<String> = []

    init(_ service: Service) {
        tell(.configured(Dialogue.stack([service])))
    }

    /// Applies a file with that service.
    @discardableResult
    mutating func apply(_ service: Service) -> [Effect] {
        tell(.configured(Dialogue.stack([service])))
    }

    /// Tells the engine, makes what it starts, ends what it signals, and goes on until there is nothing more to tell.
    @discardableResult
    mutating func tell(_ event: Event) -> [Effect] {
        var all: [Effect] = []
        var open = [event]
        while !open.isEmpty {
            let event = open.removeFirst()
            let effects = talk.engine.handle(event, at: talk.now)
            all += effects
            open += effects.flatMap { answers(to: $0) }
        }
        return all
    }

    private mutating func answers(to effect: Effect) -> [Event] {
        switch effect {
        case .start(let instance, let run):
            runs[instance.number] = run
            let made = Event.started(instance, run: run, pid: Int32(instance.number * 100 + run))
            let command = talk.engine.specification(of: instance)?.launch.command.first ?? ""
            return crashing.contains(command) ? [made, .exited(instance, run: run, Exit(.code(1)))] : [made]
        case .signal(let instance, let run, _), .kill(let instance, let run):
            return [.exited(instance, run: run, Exit(.code(0)))]
        case .drain(let instance, let run):
            return talk.hasPoliteClients ? [.drained(instance, run: run)] : []
        case .allowStandingOrder(false): return [.standingOrdersWithdrawn]
        case .record(let entry):
            entries.append(entry)
            return []
        case .standingOrder, .revokeStandingOrder, .allowStandingOrder, .freeze, .thaw, .probe, .cancelProbe, .runHooks,
            .route, .incident, .allStopped:
            return []
        }
    }

    /// The next probe of an instance passes or fails.
    mutating func probe(_ number: Int, _ result: ProbeResult = .passed(took: .zero)) {
        guard let run = runs[number] else { return }
        tell(.probed(InstanceID("web", number), run: run, result))
    }

    /// Lets `time` pass, ringing every deadline.
    mutating func pass(_ time: Duration) {
        let end = talk.now + time
        var rings = 0
        while rings < 1_000, let next = talk.engine.nextDeadline, next <= end {
            rings += 1
            talk.now = max(talk.now, next)
            tell(.timePassed)
        }
        talk.now = end
    }

    /// What each instance runs or is to run, in the order of their numbers.
    var versions: [String] {
        talk.engine.report().map { talk.engine.specification(of: $0.id)?.launch.command.first ?? "?" }
    }

    /// Those that clients are sent to.
    var serving: [Int] {
        guard case .open(let instances) = talk.engine.routing(of: "web") else { return [] }
        return instances.map(\.number)
    }

    var phase: RollingUpdate.Phase? { talk.engine.updates["web"]?.phase }

    func count(_ kind: Entry.Kind) -> Int { entries.count { $0.kind == kind } }
}
