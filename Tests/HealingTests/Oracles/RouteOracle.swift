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
        return step.stack.services.keys.sorted().compactMap { service in
            let routing = told[service]
            if routing != world.engine.routing(of: service) {
                return "routing of \(service) changed to \(world.engine.routing(of: service)) without a word"
            }
            let reports = step.after.filter { $0.id.service == service }
            if case .open(let instances) = routing {
                let dead = instances.filter { instance in reports.first { $0.id == instance }?.pid == nil }
                return dead.isEmpty ? nil : "traffic for \(service) goes to \(dead), which do not run"
            }
            let well = reports.first { $0.state == .running && $0.health == .healthy }
            return well.map {
                "traffic for \(service) is \(routing.map { "\($0)" } ?? "unknown") although \($0.id) is well"
            }
        }
    }

    mutating func haleRestarted() {
        told = [:]
        isConfigured = false
    }
}
