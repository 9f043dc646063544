internal import Compose
internal import Stack

/// Health checks, what is waited for, restarts and grace.
enum HealthAdvice {
    private static let databases: Set<String> = [
        "arangodb", "cassandra", "clickhouse-server", "cockroach", "couchdb", "elasticsearch", "etcd", "influxdb",
        "kafka", "mariadb", "mongo", "mysql", "neo4j", "opensearch", "pgvector", "postgis", "postgres", "postgresql",
        "questdb", "rabbitmq", "redis", "scylla", "timescaledb", "valkey", "victoria-metrics",
    ]

    static func advice(on service: AdvisedService, among services: [AdvisedService]) -> [Advice] {
        [check(service), restart(service), grace(service)].compactMap { $0 } + conditions(service, services)
    }

    private static func check(_ service: AdvisedService) -> Advice? {
        guard !service.hasCheck, !service.declinesCheck, !service.isOneShot else { return nil }
        return service.advice(
            .noHealthCheck, "has no health check, so only the end of its process is noticed",
            hint: "add healthcheck, or x-hale.check such as { tcp: 8080 }")
    }

    private static func restart(_ service: AdvisedService) -> Advice? {
        let policies = [
            service.model["restart"], service.model["deploy"]?["restart_policy"], service.extensions?["restart"],
        ]
        guard !service.isOneShot, policies.allSatisfy({ $0 == nil || $0 == .null || $0 == .string("no") }) else {
            return nil
        }
        return service.advice(
            .noRestart, "has no restart policy, so Docker would leave it down after a failure",
            hint: "add restart: unless-stopped")
    }

    private static func grace(_ service: AdvisedService) -> Advice? {
        guard let program = service.program, databases.contains(program) else { return nil }
        let written = service.model["stop_grace_period"]?.text
        let grace = written.flatMap(DurationText.parse) ?? .seconds(10)
        guard grace < .seconds(30) else { return nil }
        return service.advice(
            .shortGrace, at: written == nil ? [] : ["stop_grace_period"],
            "is a database that has \(DurationText.format(grace)) to end before it is killed",
            hint: "add stop_grace_period: 30s or more")
    }

    private static func conditions(_ service: AdvisedService, _ services: [AdvisedService]) -> [Advice] {
        (service.model["depends_on"]?.entries ?? [:]).compactMap { name, details in
            guard details["condition"]?.text ?? "service_started" == "service_started",
                services.first(where: { $0.name == name })?.hasCheck == true
            else { return nil }
            return service.advice(
                .noCondition, at: ["depends_on", name],
                "starts as soon as \(name) was started, though \(name) can say when it is healthy",
                hint: "use condition: service_healthy")
        }
    }
}
