internal import Stack

/// What monitors, load balancers and Prometheus ask.
extension Router {
    func version(_ head: RequestHead) -> Response {
        struct Version: Encodable {
            var stack: String
            var version: String
        }
        let status = backend.status()
        return .json(200, Version(stack: status.stack, version: status.version), head)
    }

    func metrics() -> Response {
        let status = backend.status()
        let families =
            StackMetrics.families(status) + FlagMetrics.families(backend.flags(), stack: status.stack)
            + AlertMetrics.families(backend.alerts(), stack: status.stack)
            + backend.metrics()
        return .text(200, PrometheusText.format(families), type: PrometheusText.contentType)
    }

    func readiness(verbose: Bool) -> Response {
        let status = backend.status()
        let isReady = status.status == .healthy
        var lines = verbose ? status.services.sorted { $0.key < $1.key }.map(Self.readinessLine) : []
        lines.append(isReady ? "ok" : "\(status.stack) is \(status.status.rawValue)")
        return .text(isReady ? 200 : 503, lines.joined(separator: "\n") + "\n")
    }

    private static func readinessLine(name: String, service: ServiceStatus) -> String {
        let isWell = service.isUp || service.state == .completed
        let reason = service.waitingOn.map { "waiting: " + $0 } ?? (isWell ? nil : service.lastError)
        let text = "\(isWell ? "[+]" : "[-]") \(name): \(service.state.rawValue), \(service.health.rawValue)"
        return reason.map { "\(text) (\($0))" } ?? text
    }
}
