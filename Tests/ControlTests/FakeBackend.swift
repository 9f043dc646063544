import Dispatch
import Stack
import Synchronization

@testable import Control

/// A backend that says what it is told to and remembers what it was asked.
final class FakeBackend: ControlBackend {
    private struct State {
        var status: StackStatus
        var reply: ControlReply
        var commands: [ControlCommand] = []
        var actors: [String] = []
        var events: [EventRecord] = []
        var incidents: [IncidentRecord] = []
    }

    private let state: Mutex<State>
    private let news = DispatchSemaphore(value: 0)
    private let families: [MetricFamily]
    private let gate = Mutex<Gate?>(nil)
    private let board = Mutex<[FlagStatus]>([])

    init(status: StackStatus = .example(), reply: ControlReply = .done("taken"), families: [MetricFamily] = []) {
        state = Mutex(State(status: status, reply: reply))
        self.families = families
    }

    var commands: [ControlCommand] { state.withLock { $0.commands } }

    /// Who asked for each of them.
    var actors: [String] { state.withLock { $0.actors } }

    /// Adds an event with the next id and returns that.
    @discardableResult
    func happen(_ kind: String, service: String? = nil, text: String = "it happened") -> Int64 {
        defer { news.signal() }
        return state.withLock { state in
            let id = (state.events.last?.id ?? 0) + 1
            state.events.append(
                EventRecord(
                    id: id, time: 1_769_853_600_000_000_000 + id * 1_000_000_000, kind: kind, service: service,
                    text: text))
            return id
        }
    }

    func add(_ incident: IncidentRecord) { state.withLock { $0.incidents.append(incident) } }

    func set(reply: ControlReply) { state.withLock { $0.reply = reply } }

    func set(status: StackStatus) { state.withLock { $0.status = status } }

    func status() -> StackStatus { state.withLock { $0.status } }

    func stack() -> Stack {
        let needy = Service(
            name: "worker", launch: LaunchSpecification(command: []),
            dependencies: [Dependency("redis", condition: .healthy)], critical: true)
        return Stack(name: "shop", directory: "/", services: [needy])
    }

    func usage() -> [String: ServiceUsage] {
        [
            "worker-1": ServiceUsage(processors: 0.25, processorLimit: 1, memory: 100, memoryLimit: 400),
            "worker-2": ServiceUsage(processors: nil, processorLimit: 1, memory: 50, memoryLimit: 400),
        ]
    }

    func set(flags: [FlagStatus]) { board.withLock { $0 = flags } }

    func flags() -> [FlagStatus] { board.withLock { $0 } }

    func alerts() -> AlertOverview { .example }

    func metrics() -> [MetricFamily] { families }

    func events(_ query: EventQuery) -> [EventRecord] {
        let matching = state.withLock { $0.events }.filter { event in
            event.id > query.after ?? .min && event.id < query.before ?? .max && event.time >= query.since ?? .min
                && event.time < query.until ?? .max && query.kinds?.contains(event.kind) != false
                && query.services.map { $0.contains(event.service ?? "") } != false
                && (query.incident == nil || event.incident == query.incident)
        }
        return Array((query.newestFirst ? matching.reversed() : matching).prefix(query.limit))
    }

    /// Every event is announced to one that waits; one that was not needed is taken by the next, which then looks again.
    func waitForEvent(after id: Int64, patience: Duration) -> Bool {
        let isThere = { self.state.withLock { ($0.events.last?.id ?? 0) > id } }
        let deadline = DispatchTime.now() + .milliseconds(Int(patience.seconds * 1000))
        while !isThere() {
            guard news.wait(timeout: deadline) == .success else { return isThere() }
        }
        return true
    }

    func incidents(before: Int64?, limit: Int, onlyOpen: Bool) -> [IncidentRecord] {
        let matching = state.withLock { $0.incidents }.filter {
            $0.id < before ?? .max && (!onlyOpen || $0.state == .open)
        }
        return Array(matching.reversed().prefix(limit))
    }

    func incident(_ id: Int64) -> IncidentRecord? { state.withLock { $0.incidents.first { $0.id == id } } }

    func explanation(of service: String) -> Explanation? {
        status().services[service].map { Explanation(service: service, sentences: ["it is \($0.state.rawValue)"]) }
    }

    /// Makes commands wait until the gate is opened.
    func holdCommands() -> Gate {
        let gate = Gate()
        self.gate.withLock { $0 = gate }
        return gate
    }

    func perform(_ command: ControlCommand, by actor: String) -> ControlReply {
        gate.withLock { $0 }?.pass()
        return state.withLock { state in
            state.commands.append(command)
            state.actors.append(actor)
            return state.reply
        }
    }
}

/// Holds one thread until another lets it go.
final class Gate: Sendable {
    private let held = DispatchSemaphore(value: 0)
    private let released = DispatchSemaphore(value: 0)

    func pass() {
        held.signal()
        released.wait()
    }

    func waitUntilHeld() { held.wait() }

    func release() { released.signal() }
}

extension StackStatus {
    static func example(_ overall: Overall = .healthy, services: [String: ServiceStatus]? = nil) -> StackStatus {
        StackStatus(
            stack: "shop", status: overall,
            services: services ?? ["redis": .example("redis"), "worker": .example("worker", instances: 2)],
            version: "0.1.0", processes: Processes(keeper: 10, healer: 11, gateway: nil),
            statusAddress: "127.0.0.1:10099", notices: ["memory limits need root"])
    }
}

extension ServiceStatus {
    static func example(
        _ name: String, state: Lifecycle = .running, health: Health = .healthy, lastError: String? = nil,
        instances: Int = 1, breakers: [BreakerStatus]? = nil
    ) -> ServiceStatus {
        ServiceStatus(
            state: state, health: health, since: "2026-01-31T10:00:00.250Z", restarts: 3, lastError: lastError,
            waitingOn: nil, operatorWill: nil, image: "redis:7",
            ports: [PortStatus(address: "0.0.0.0", published: 10011, target: 6379, transport: "tcp")],
            instances: (1...instances).map { number in
                InstanceStatus(
                    name: "\(name)-\(number)", state: state, health: health, pid: 4242, address: "127.20.0.2",
                    since: "2026-01-31T10:00:00.250Z", startedAt: "2026-01-31T09:59:59.900Z", restarts: 3,
                    exitCode: 137, lastError: lastError, waitingOn: nil, nextActionAt: nil, statusText: nil,
                    readyAfter: 0.35,
                    breakers: breakers.map { $0.filter { $0.instance == "\(name)-\(number)" } })
            })
    }
}

extension BreakerStatus {
    /// One of which all is known.
    static func example(_ instance: String, _ state: BreakerState, port: UInt16 = 6379) -> BreakerStatus {
        var breaker = BreakerStatus(
            service: String(instance.prefix { $0 != "-" }), instance: instance, port: port, state: state)
        breaker.openUntil = "2026-01-31T10:00:05.250Z"
        breaker.failureRate = 0.5
        breaker.slowCallRate = 0.25
        breaker.trips = 2
        breaker.rejections = 7
        breaker.successes = 40
        breaker.failures = 9
        breaker.slowCalls = 3
        breaker.lastFailure = "connection refused"
        return breaker
    }
}

extension IncidentRecord {
    /// One of which all is known.
    static func example(_ id: Int64, state: State = .resolved) -> IncidentRecord {
        IncidentRecord(
            id: id, state: state, root: "redis", cause: "ended by SIGKILL", firstSignAt: 0, verdictAt: 1, repairedAt: 2,
            endedAt: 3, victims: [Victim(service: "worker", sign: "connection refused", since: 1, recoveredAt: 2)],
            timeline: [
                Moment(time: 0, kind: "exited", service: "redis", instance: "redis-1", text: "ended", cause: "SIGKILL")
            ], logs: [LogTail(instance: "redis-1", lines: ["ready"])])
    }
}

extension AlertOverview {
    /// One of which all is known.
    static let example = AlertOverview(
        alerts: [
            AlertStatus(
                id: 7, state: .acknowledged, service: "redis", severity: .critical, cause: "ended by SIGKILL",
                startedAt: "2026-01-31T10:00:00.250Z", victims: ["worker"], victimCount: 1, channels: ["chat"],
                acknowledgedBy: "root", acknowledgedAt: "2026-01-31T10:01:00.250Z")
        ],
        channels: [
            AlertChannelStatus(
                name: "chat", kind: "slack", state: .failing, queued: 2, failed: 1, sentTotal: 3, failedTotal: 1,
                problem: "status 403", lastDeliveryAt: "2026-01-31T10:00:00.250Z",
                nextAttemptAt: "2026-01-31T10:02:00.250Z")
        ])
}

extension FlagStatus {
    /// One of which all is known.
    static func example(_ name: String, _ value: JSONValue = .boolean(true), type: FlagType = .boolean) -> FlagStatus {
        FlagStatus(
            name: name, type: type, value: value, defaultValue: value, source: .rule, rule: 2, why: "redis is down",
            since: "2026-01-31T10:00:00.250Z", description: "what it is for",
            override: Override(
                value: value, since: "2026-01-31T10:00:00.250Z", until: "2026-01-31T11:00:00.250Z", by: "root"))
    }
}
