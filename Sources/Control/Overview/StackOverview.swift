internal import Platform
internal import Stack

/// What `GET /v1/overview` answers: everything that a view of the whole stack shows, small enough to be asked for once a
/// second.
struct StackOverview: Encodable {
    let stack: String
    let status: StackStatus.Overall
    let version: String
    /// When it was drawn, RFC 3339.
    let time: String
    let services: [ServiceOverview]
    let processes: StackStatus.Processes
    let notices: [String]
    let pause: StackStatus.Pause?
}

/// One service in short.
struct ServiceOverview: Encodable {
    struct Need: Encodable {
        let service: String
        let condition: Dependency.Condition
    }

    let name: String
    let state: Lifecycle
    let health: Health
    let since: String
    let restarts: Int
    /// How many there are, and how many of them run and pass their check.
    let instances: Int
    let instancesUp: Int
    let critical: Bool
    let dependsOn: [Need]
    let lastError: String?
    let waitingOn: String?
    let operatorWill: String?
    let operatorBy: String?
    /// When the next thing happens by itself.
    let nextActionAt: String?
    let breaker: BreakerState?
    let update: String?
    let traffic: TrafficStatus?
    let usage: ServiceUsage?

    enum CodingKeys: String, CodingKey {
        case name, state, health, since, restarts, instances, critical, breaker, update, traffic, usage
        case instancesUp = "instances_up"
        case dependsOn = "depends_on"
        case lastError = "last_error"
        case waitingOn = "waiting_on"
        case operatorWill = "operator"
        case operatorBy = "operator_by"
        case nextActionAt = "next_action_at"
    }

    init(_ name: String, _ status: ServiceStatus, _ service: Service?, usage: ServiceUsage?) {
        self.name = name
        state = status.state
        health = status.health
        since = status.since
        restarts = status.restarts
        instances = status.instances.count
        instancesUp = status.instances.count { $0.isUp }
        critical = service?.critical ?? false
        dependsOn = (service?.dependencies ?? []).map { Need(service: $0.service, condition: $0.condition) }
        lastError = status.lastError
        waitingOn = status.waitingOn
        operatorWill = status.operatorWill
        operatorBy = status.operatorBy
        // RFC 3339 in UTC and of one length: as text they are in order.
        nextActionAt = status.instances.compactMap(\.nextActionAt).min()
        breaker = status.breaker
        update = status.update?.text
        traffic = status.traffic
        self.usage = usage
    }
}

extension Router {
    func overview() -> StackOverview {
        let status = backend.status()
        let stack = backend.stack()
        let usage = backend.usage()
        let services = status.services.sorted { $0.key < $1.key }.map { name, service in
            ServiceOverview(
                name, service, stack.services[name],
                usage: ServiceUsage.sum(of: service.instances.compactMap { usage[$0.name] }))
        }
        return StackOverview(
            stack: status.stack, status: status.status, version: status.version,
            time: Timestamp.format(nanosecondsSince1970: Calendar.now()), services: services,
            processes: status.processes, notices: status.notices, pause: status.pause)
    }
}
