internal import Compose

/// Looks for what could go wrong with a valid project.
enum Advisor {
    /// All advice for the enabled services of a resolved model, in no particular order. `line` gives the text of the
    /// file where a value was written, to tell what the file itself says from what came from outside.
    static func advice(on model: ComposeValue, line: ([String]) -> String?) -> [Advice] {
        let all = model["services"]?.entries ?? [:]
        let oneShots = Set(
            all.values.flatMap { service in
                (service["depends_on"]?.entries ?? [:])
                    .filter { $0.1["condition"] == .string("service_completed_successfully") }.map(\.0)
            })
        let services = all.map { AdvisedService(name: $0.0, model: $0.1, isOneShot: oneShots.contains($0.0)) }
        var advice: [Advice] = []
        for service in services {
            advice += HealthAdvice.advice(on: service, among: services)
            advice += ResourceAdvice.advice(on: service)
            advice += SecretAdvice.advice(on: service, line: line)
            advice += PortAdvice.advice(on: service)
            advice += EngineAdvice.advice(on: service)
            advice += TrafficAdvice.advice(on: service)
        }
        return advice + PortAdvice.duplicates(among: services)
    }
}
