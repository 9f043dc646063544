import Healing
import Stack

/// Talks to an engine at instants counted in milliseconds, and picks what matters out of its answers.
struct Dialogue {
    var engine: Engine
    var now = Instant.zero
    /// Whether clients end their connections as soon as they are to.
    var hasPoliteClients = true

    init(seed: UInt64 = 1) {
        engine = Engine(seed: seed)
    }

    init(_ services: Service..., concurrency: Int = 4, seed: UInt64 = 1) {
        engine = Engine(seed: seed)
        tell(.configured(Self.stack(services, concurrency: concurrency)))
    }

    static func stack(_ services: [Service], concurrency: Int = 4) -> Stack {
        Stack(name: "test", directory: "/", services: services, restartConcurrency: concurrency)
    }

    /// Everything the engine answers, the story and standing orders left out. Where those are withdrawn, the keeper's
    /// answer is told at once, and so is the gateway's where clients are polite.
    @discardableResult
    mutating func tell(_ event: Event) -> [Effect] {
        var effects = engine.handle(event, at: now)
        if effects.contains(.allowStandingOrder(false)) {
            effects += engine.handle(.standingOrdersWithdrawn, at: now)
        }
        guard hasPoliteClients else { return effects.filter { !$0.isRecord && !$0.isOrder } }
        for case .drain(let instance, let run) in effects {
            effects += engine.handle(.drained(instance, run: run), at: now)
        }
        return effects.filter { !$0.isRecord && !$0.isOrder && !$0.isDrain }
    }

    /// The standing orders that are given, revoked or allowed because of `event`.
    mutating func orders(_ event: Event) -> [Effect] {
        engine.handle(event, at: now).filter(\.isOrder)
    }

    /// The kinds of the entries it writes.
    mutating func story(_ event: Event) -> [Entry.Kind] {
        engine.handle(event, at: now).compactMap {
            if case .record(let entry) = $0 { entry.kind } else { nil }
        }
    }

    /// What the engine does to processes because of `event`: no probes, no routes, no story.
    @discardableResult
    mutating func acts(_ event: Event) -> [Effect] {
        tell(event).acts
    }

    mutating func wait(_ time: Duration) {
        now = now + time
    }

    /// Lets `time` pass, ringing every deadline at its instant; returns all effects with the instant they came at.
    @discardableResult
    mutating func pass(_ time: Duration) -> [Timed] {
        let end = now + time
        var answers: [Timed] = []
        while let next = engine.nextDeadline, next <= end {
            now = max(now, next)
            let effects = tell(.timePassed)
            answers += effects.map { Timed(effect: $0, at: now) }
            if effects.isEmpty, engine.nextDeadline == next { break }
        }
        now = end
        return answers
    }

    func report(_ service: String, _ number: Int = 1) -> InstanceReport? {
        engine.report().first { $0.id == InstanceID(service, number) }
    }

    func state(_ service: String) -> Lifecycle? { report(service)?.state }
    func health(_ service: String) -> Health? { report(service)?.health }
}

struct Timed: Equatable {
    var effect: Effect
    var at: Instant
}

extension Effect {
    var isAct: Bool {
        switch self {
        case .start, .signal, .kill, .freeze, .thaw, .runHooks, .allStopped: true
        case .probe, .cancelProbe, .route, .record, .incident, .standingOrder, .revokeStandingOrder,
            .allowStandingOrder, .drain:
            false
        }
    }

    /// Whether it only tells what happened.
    var isRecord: Bool {
        switch self {
        case .record, .incident: true
        case .start, .signal, .kill, .freeze, .thaw, .runHooks, .allStopped, .probe, .cancelProbe, .route,
            .standingOrder, .revokeStandingOrder, .allowStandingOrder, .drain:
            false
        }
    }

    var isDrain: Bool {
        if case .drain = self { true } else { false }
    }

    var isOrder: Bool {
        switch self {
        case .standingOrder, .revokeStandingOrder, .allowStandingOrder: true
        case .start, .signal, .kill, .freeze, .thaw, .runHooks, .allStopped, .probe, .cancelProbe, .route, .record,
            .incident, .drain:
            false
        }
    }

    var isProbe: Bool {
        if case .probe = self { true } else { false }
    }
}

extension [Effect] {
    var acts: [Effect] { filter { $0.isAct } }
    var hasProbe: Bool { contains { $0.isProbe } }
}

extension [Timed] {
    var effects: [Effect] { map { $0.effect } }
}

extension Instant {
    /// Milliseconds since the clock's start.
    var milliseconds: Int64 { nanoseconds / 1_000_000 }
}

extension Service {
    /// A service named `name` that runs `name`.
    static func named(
        _ name: String, replicas: Int = 1, needs: [Dependency] = [], check: HealthCheck? = nil,
        restart: RestartPolicy = RestartPolicy(condition: .unlessStopped), stop: StopPolicy = StopPolicy(),
        volumes: [String] = [], command: String? = nil, notify: Bool = false, watchdog: Duration? = nil,
        hooks: LifecycleHooks = LifecycleHooks(), update: UpdatePolicy? = nil, rollback: UpdatePolicy? = nil,
        drain: Duration? = nil
    ) -> Service {
        Service(
            name: name, replicas: replicas,
            launch: LaunchSpecification(
                command: [command ?? name], volumes: volumes, notify: notify, watchdog: watchdog),
            dependencies: needs, check: check, restart: restart, stop: stop, hooks: hooks,
            update: update, rollback: rollback, drain: drain)
    }
}

/// `a-1`, as short as it gets.
func one(_ service: String) -> InstanceID { InstanceID(service, 1) }

extension HealthCheck {
    static func exec(
        interval: Duration = .seconds(10), timeout: Duration = .seconds(5), startPeriod: Duration = .zero,
        startInterval: Duration = .seconds(5), retries: Int = 3, confirm: Duration? = nil
    ) -> HealthCheck {
        HealthCheck(
            probe: .command(["true"]), interval: interval, timeout: timeout, startPeriod: startPeriod,
            startInterval: startInterval, retries: retries, confirm: confirm)
    }

    static func native(
        interval: Duration = .seconds(10), timeout: Duration = .seconds(5), startPeriod: Duration = .zero,
        retries: Int = 3, confirm: Duration? = .seconds(1)
    ) -> HealthCheck {
        HealthCheck(
            probe: .http(HTTPProbe(port: 80)), interval: interval, timeout: timeout, startPeriod: startPeriod,
            retries: retries, confirm: confirm)
    }
}

extension Stack {
    /// Everything that `service` needs, directly or not.
    func allDependencies(of service: String) -> Set<String> {
        var found: Set<String> = []
        var next = [service]
        while let name = next.popLast() {
            for dependency in dependencies(of: name) where found.insert(dependency.service).inserted {
                next.append(dependency.service)
            }
        }
        return found
    }
}
