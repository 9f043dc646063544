internal import Alerting
internal import Healing
internal import Stack

/// What alerts have to know of the incidents that go on.
enum AlertConditions {
    /// `time` gives an instant the calendar's name.
    static func make(of engine: Engine, _ stack: Stack, time: (Instant) -> String) -> [AlertCondition] {
        engine.incidents.map { condition($0, engine, stack, time) }
    }

    private static func condition(
        _ incident: Incident, _ engine: Engine, _ stack: Stack, _ time: (Instant) -> String
    ) -> AlertCondition {
        let quarantine = quarantine(of: incident.root, engine)
        let victims = incident.victims.filter { $0.recoveredAt == nil }.map(\.service)
        let isCritical = quarantine != nil || takesStackDown([incident.root] + victims, engine, stack)
        return AlertCondition(
            id: incident.id, service: incident.root, cause: incident.cause,
            severity: isCritical ? .critical : .warning, isUrgent: quarantine != nil,
            note: quarantine.map { sentence($0, incident.root, stack, time) }, firstSignAt: incident.firstSignAt,
            victims: victims)
    }

    private static func quarantine(of service: String, _ engine: Engine) -> InstanceReport? {
        engine.report(of: service).first { $0.state == .quarantined }
    }

    private static func sentence(
        _ report: InstanceReport, _ service: String, _ stack: Stack, _ time: (Instant) -> String
    ) -> String {
        let next = report.nextActionAt.map { ", and tries once more at \(time($0))" } ?? ""
        return "It failed too often: Hale has put it in quarantine\(next). When it is mended: "
            + "hale -p \(stack.name) release \(service)"
    }

    /// Whether one of the services is critical and serves nobody; where the stack has no critical service, whether no service
    /// of it serves anybody.
    private static func takesStackDown(_ services: [String], _ engine: Engine, _ stack: Stack) -> Bool {
        let critical = stack.services.values.filter(\.critical)
        guard critical.isEmpty else {
            return services.contains { stack.services[$0]?.critical == true && isDown($0, engine) }
        }
        return stack.services.keys.allSatisfy { isDown($0, engine) }
    }

    private static func isDown(_ service: String, _ engine: Engine) -> Bool {
        !engine.report(of: service).contains { report in
            switch report.state {
            case .running: report.health == .healthy || report.health == .none
            case .completed: true
            case .pending, .waiting, .starting, .backoff, .stopping, .stopped, .paused, .failed, .quarantined: false
            }
        }
    }
}
