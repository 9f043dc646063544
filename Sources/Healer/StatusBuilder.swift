internal import Control
internal import Healing
internal import Stack

/// Makes the status that people see from what the engine reports.
struct StatusBuilder {
    /// From the engine's clock to the calendar, in nanoseconds.
    var calendarOffset: Int64
    /// When each instance first was well in its present life.
    private var readyAt: [InstanceID: (startedAt: Instant, ready: Instant)] = [:]

    init(calendarOffset: Int64) {
        self.calendarOffset = calendarOffset
    }

    /// The calendar's name for an instant, RFC 3339.
    func time(_ instant: Instant) -> String {
        let nanoseconds = instant.nanoseconds &+ calendarOffset
        return Timestamp.format(
            secondsSince1970: nanoseconds / 1_000_000_000, nanoseconds: Int32(nanoseconds % 1_000_000_000))
    }

    /// The services' statuses, for `report` as the engine gives it.
    mutating func services(
        of stack: Stack, report: [InstanceReport], operatorWill: (String) -> OperatorWill?,
        updates: [String: UpdateStatus] = [:], ports: (Service) -> [PortStatus], address: (InstanceID) -> String,
        breakers: [InstanceID: [BreakerStatus]] = [:]
    ) -> [String: ServiceStatus] {
        var byService: [String: [InstanceReport]] = [:]
        for instance in report { byService[instance.id.service, default: []].append(instance) }
        readyAt = readyAt.filter { entry in byService[entry.key.service]?.contains { $0.id == entry.key } == true }
        var services: [String: ServiceStatus] = [:]
        for (name, service) in stack.services {
            let instances = byService[name] ?? []
            let worst = instances.max { Self.badness($0) < Self.badness($1) }
            let will = operatorWill(name)
            services[name] = ServiceStatus(
                state: worst?.state ?? .pending, health: worst?.health ?? .none,
                since: time(worst?.since ?? .zero), restarts: instances.reduce(0) { $0 + $1.restarts },
                lastError: worst?.lastError, waitingOn: worst?.waitingOn, operatorWill: will.flatMap(word),
                image: service.image, ports: ports(service),
                instances: instances.map { self.instance($0, address: address($0.id), breakers[$0.id]) },
                operatorSince: will?.since.map(time), operatorBy: will?.by, update: updates[name])
        }
        return services
    }

    private func word(_ will: OperatorWill) -> String? {
        if will.stopped { return "stopped" }
        if will.paused { return "paused" }
        return will.maintenanceUntil.map { "maintenance until \(time($0))" }
    }

    /// A pause of Hale as a whole, while it lasts.
    func pause(_ pause: HealingPause, at now: Instant) -> StackStatus.Pause? {
        guard now < pause.until else { return nil }
        return StackStatus.Pause(until: time(pause.until), since: time(pause.since), by: pause.by)
    }

    private mutating func instance(
        _ report: InstanceReport, address: String, _ breakers: [BreakerStatus]?
    ) -> InstanceStatus {
        InstanceStatus(
            name: report.id.description, state: report.state, health: report.health, pid: report.pid,
            address: address,
            network: report.network.flatMap { $0.split(separator: "/").last.map(String.init) },
            since: time(report.since), startedAt: report.startedAt.map(time), restarts: report.restarts,
            exitCode: report.exitCode, lastError: report.lastError, waitingOn: report.waitingOn,
            nextActionAt: report.nextActionAt.map(time),
            statusText: report.statusText, readyAfter: readyAfter(report), breakers: breakers)
    }

    private mutating func readyAfter(_ report: InstanceReport) -> Double? {
        guard let startedAt = report.startedAt else { return nil }
        if let known = readyAt[report.id], known.startedAt == startedAt { return (known.ready - startedAt).seconds }
        guard report.state == .running, report.health == .healthy || report.health == .none else { return nil }
        readyAt[report.id] = (startedAt, report.since)
        return (report.since - startedAt).seconds
    }

    /// How much a person should care: the service as a whole shows its worst instance.
    private static func badness(_ report: InstanceReport) -> Int {
        switch report.state {
        case .quarantined: 10
        case .failed: 9
        case .backoff: 8
        case .running where report.health == .unhealthy: 7
        case .waiting: 6
        case .starting: 5
        case .stopping: 4
        case .pending: 3
        case .running where report.health == .starting: 2
        case .paused, .stopped: 1
        case .running, .completed: 0
        }
    }

    /// The one word for the stack. A one-shot that ended well counts as well; what a person stopped does not serve
    /// anybody, so the stack is degraded without it.
    static func overall(of stack: Stack, services: [String: ServiceStatus]) -> StackStatus.Overall {
        func isWell(_ status: ServiceStatus) -> Bool {
            switch status.state {
            case .running: status.health == .healthy || status.health == .none
            case .completed: true
            case .pending, .waiting, .starting, .backoff, .stopping, .stopped, .paused, .failed, .quarantined: false
            }
        }
        func isDown(_ status: ServiceStatus) -> Bool {
            !isWell(status)
                && !status.instances.contains { $0.state == .running && ($0.health == .healthy || $0.health == .none) }
        }
        if services.values.allSatisfy(isWell) { return .healthy }
        let critical = services.filter { stack.services[$0.key]?.critical == true }
        if critical.isEmpty { return services.values.allSatisfy(isDown) ? .down : .degraded }
        return critical.values.contains(where: isDown) ? .down : .degraded
    }
}
