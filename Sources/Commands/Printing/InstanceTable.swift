internal import Platform
internal import Control
internal import Stack

/// The instances of a stack as a table for people.
enum InstanceTable {
    /// A row for each instance of `services`, by name.
    static func text(
        _ status: StackStatus, services: [String], now: CalendarTime, style: Style
    ) -> String {
        var table = TextTable(header: ["SERVICE", "STATE", "HEALTH", "SINCE", "PID", "PORTS"])
        for name in services {
            guard let service = status.services[name] else { continue }
            for instance in service.instances {
                let label = service.instances.count > 1 ? instance.name : name
                table.rows.append(row(label, instance, service, now))
            }
        }
        return table.rendered(style)
    }

    private static func row(
        _ label: String, _ instance: InstanceStatus, _ service: ServiceStatus, _ now: CalendarTime
    ) -> [TextTable.Cell] {
        [
            .init(label), .init(instance.state.rawValue, statePaint(instance.state)),
            .init(instance.health == .none ? "-" : instance.health.rawValue, healthPaint(instance)),
            .init(TimeText.age(since: instance.since, now: now) ?? "-"),
            .init(instance.pid.map { "\($0)" } ?? "-"),
            .init(ports(service)),
        ]
    }

    private static func statePaint(_ state: Lifecycle) -> Style.Paint {
        switch state {
        case .failed, .quarantined, .backoff: .red
        case .pending, .waiting, .starting, .running, .stopping, .stopped, .paused, .completed: .plain
        }
    }

    static func healthPaint(_ instance: InstanceStatus) -> Style.Paint {
        switch instance.health {
        case .none, .starting: .plain
        case .healthy: instance.isWell ? .green : .plain
        case .unhealthy: .red
        }
    }

    /// `0.0.0.0:10010->5432/tcp` as Compose writes it, with what is wrong about it.
    static func ports(_ service: ServiceStatus) -> String {
        if service.ports.isEmpty { return "-" }
        return service.ports.map { port in
            let host = port.address.contains(":") ? "[\(port.address)]" : port.address
            let problem = port.problem.map { " (\($0))" } ?? ""
            return "\(host):\(port.published)->\(port.target)/\(port.transport)\(problem)"
        }.joined(separator: ", ")
    }
}
