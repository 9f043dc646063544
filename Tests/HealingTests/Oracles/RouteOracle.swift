import Healing
import Stack

/// What the gateway is told is what `routing(of:)` says, only instances with a process get traffic, and a service with
/// one that is well is never closed.
struct RouteOracle: Oracle {
    private var told: [String: Routing] = [:]
    private var isConfigured = false

    mutating func look(at step: Step, in world: World) -> [String] {
        for effect in step.effects {
            if case .route(let service, let routing) = effect { told[service] = routing }
        }
        if case .configured = step.event { isConfigured = true }
        guard isConfigured else { return [] }
        var well: [String: InstanceID] = [:]
        for report in step.after where report.state == .running && report.health == .healthy {
            well[report.id.service] = report.id
        }
        var broken: [String] = []
        for service in step.stack.services.keys {
            let routing = world.engine.routing(of: service)
            if told[service] != routing {
                broken.append("routing of \(service) changed to \(routing) without a word")
            }
            switch routing {
            case .open(let instances):
                for instance in instances where step.after(instance)?.pid == nil {
                    broken.append("traffic for \(service) goes to \(instance), which does not run")
                }
                for instance in instances where step.after(instance)?.state == .stopping {
                    broken.append("traffic for \(service) goes to \(instance), which is being stopped")
                }
            case .held, .refused:
                guard let instance = well[service] else { continue }
                broken.append("traffic for \(service) is \(routing) although \(instance) is well")
            }
        }
        return broken
    }

    mutating func haleRestarted() {
        told = [:]
        isConfigured = false
    }
}
