import Healing
import Stack

/// What one event led to, with what people saw before and after.
struct Step {
    var event: Event
    var effects: [Effect]
    var now: Instant
    var before: [InstanceReport]
    var after: [InstanceReport]
    var stack: Stack

    func before(_ instance: InstanceID) -> InstanceReport? { before.first { $0.id == instance } }
    func after(_ instance: InstanceID) -> InstanceReport? { after.first { $0.id == instance } }

    var starts: [(instance: InstanceID, run: Int)] {
        effects.compactMap { if case .start(let instance, let run) = $0 { (instance, run) } else { nil } }
    }

    /// The instances that are asked or made to end.
    var ends: [InstanceID] {
        effects.compactMap {
            switch $0 {
            case .signal(let instance, _, _), .kill(let instance, _), .drain(let instance, _): instance
            case .start, .standingOrder, .revokeStandingOrder, .allowStandingOrder, .freeze, .thaw, .probe,
                .cancelProbe, .runHooks, .route, .record, .incident, .allStopped:
                nil
            }
        }
    }

    var entries: [Entry] {
        effects.compactMap { if case .record(let entry) = $0 { entry } else { nil } }
    }

    /// The request of a person, if this is one.
    var request: Request? {
        if case .asked(let request, _) = event { request } else { nil }
    }
}

/// A law that looks at every step. It keeps its own books and believes the engine as little as it can.
protocol Oracle {
    /// What was broken, in words; none where the law was kept.
    mutating func look(at step: Step, in world: World) -> [String]
    /// A new engine took over: what only the old one could know is void.
    mutating func haleRestarted()
}

/// All laws together.
struct Judges {
    private var oneWriter = OneWriterOracle()
    private var noNeedlessRestart = NoNeedlessRestartOracle()
    private var blame = BlameOracle()
    private var boundedEffort = BoundedEffortOracle()
    private var order = OrderOracle()
    private var grace = GraceOracle()
    private var cause = CauseOracle()
    private var operatorIsRight = OperatorOracle()
    private var routes = RouteOracle()
    private var incidents = IncidentOracle()
    private var updates = UpdateOracle()

    mutating func look(at step: Step, in world: World) -> [String] {
        oneWriter.look(at: step, in: world) + noNeedlessRestart.look(at: step, in: world)
            + blame.look(at: step, in: world) + boundedEffort.look(at: step, in: world)
            + order.look(at: step, in: world) + grace.look(at: step, in: world) + cause.look(at: step, in: world)
            + operatorIsRight.look(at: step, in: world) + routes.look(at: step, in: world)
            + incidents.look(at: step, in: world) + updates.look(at: step, in: world)
    }

    mutating func haleRestarted() {
        oneWriter.haleRestarted()
        noNeedlessRestart.haleRestarted()
        blame.haleRestarted()
        boundedEffort.haleRestarted()
        order.haleRestarted()
        grace.haleRestarted()
        cause.haleRestarted()
        operatorIsRight.haleRestarted()
        routes.haleRestarted()
        incidents.haleRestarted()
        updates.haleRestarted()
    }
}
