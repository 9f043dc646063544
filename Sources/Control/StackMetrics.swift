internal import Stack

/// The metrics that a status says, one family for each question a dashboard or an alert asks.
enum StackMetrics {
    static func families(_ status: StackStatus) -> [MetricFamily] {
        let services = status.services.sorted { $0.key < $1.key }
        return [buildInfo(status), stackStatus(status)] + serviceFamilies(status.stack, services)
            + instanceFamilies(status.stack, services) + BreakerMetrics.families(status)
    }

    private static func buildInfo(_ status: StackStatus) -> MetricFamily {
        MetricFamily(
            name: "hale_build_info", help: "Which Hale runs; always 1.", kind: .gauge,
            samples: [sample([("version", status.version)], 1)])
    }

    private static func stackStatus(_ status: StackStatus) -> MetricFamily {
        let all: [StackStatus.Overall] = [.healthy, .degraded, .down]
        return MetricFamily(
            name: "hale_stack_status", help: "1 for what the whole stack is, 0 for what it is not.", kind: .gauge,
            samples: all.map {
                sample([("stack", status.stack), ("status", $0.rawValue)], $0 == status.status ? 1 : 0)
            })
    }

    private typealias Services = [(key: String, value: ServiceStatus)]

    private static func serviceFamilies(_ stack: String, _ services: Services) -> [MetricFamily] {
        func family(
            _ name: String, _ help: String, _ kind: MetricFamily.Kind = .gauge, _ value: (ServiceStatus) -> Double
        ) -> MetricFamily {
            MetricFamily(
                name: name, help: help, kind: kind,
                samples: services.map { sample([("stack", stack), ("service", $0.key)], value($0.value)) })
        }
        return [
            family("hale_service_up", "1 where the service runs and passes its check, if it has one.") {
                $0.isUp ? 1 : 0
            },
            oneOf(
                Lifecycle.allCases, "hale_service_state", "1 for the state of the worst instance, 0 for the others.",
                label: "state", stack, services, \.state),
            oneOf(
                Health.allCases, "hale_service_health", "1 for the health of the worst instance, 0 for the others.",
                label: "health", stack, services, \.health),
            family("hale_service_instances", "Instances the service has.") { Double($0.instances.count) },
            family("hale_service_instances_up", "Instances that run and pass their check, if they have one.") {
                Double($0.instances.count { $0.isUp })
            },
            family("hale_restarts_total", "Restarts since Hale has known the service.", .counter) {
                Double($0.restarts)
            },
        ]
    }

    /// One series for each value there is, of which one is 1: so a state can be summed and alerted on by name.
    private static func oneOf<Value: RawRepresentable<String> & Equatable>(
        _ values: [Value], _ name: String, _ help: String, label: String, _ stack: String, _ services: Services,
        _ current: KeyPath<ServiceStatus, Value>
    ) -> MetricFamily {
        MetricFamily(
            name: name, help: help, kind: .gauge,
            samples: services.flatMap { service in
                values.map { value in
                    sample(
                        [("stack", stack), ("service", service.key), (label, value.rawValue)],
                        service.value[keyPath: current] == value ? 1 : 0)
                }
            })
    }

    private static func instanceFamilies(_ stack: String, _ services: Services) -> [MetricFamily] {
        func family(
            _ name: String, _ help: String, _ kind: MetricFamily.Kind = .gauge, _ value: (InstanceStatus) -> Double?
        ) -> MetricFamily {
            let samples = services.flatMap { service in
                service.value.instances.compactMap { instance in
                    value(instance).map {
                        sample([("stack", stack), ("service", service.key), ("instance", instance.name)], $0)
                    }
                }
            }
            return MetricFamily(name: name, help: help, kind: kind, samples: samples)
        }
        let families = [
            family("hale_instance_up", "1 where the instance runs and passes its check, if it has one.") {
                $0.isUp ? 1 : 0
            },
            family("hale_instance_restarts_total", "Restarts since Hale has known the instance.", .counter) {
                Double($0.restarts)
            },
            family("hale_instance_start_time_seconds", "When its process started, since the start of 1970.") {
                $0.startedAt.flatMap(Timestamp.parse)
            },
            family("hale_instance_ready_duration_seconds", "From its last start until it was healthy.") {
                $0.readyAfter
            },
        ]
        return families.filter { !$0.samples.isEmpty }
    }

    private static func sample(_ labels: [(String, String)], _ value: Double) -> MetricFamily.Sample {
        MetricFamily.Sample(labels: labels.map { (name: $0.0, value: $0.1) }, value: value)
    }
}

extension ServiceStatus {
    /// Whether its worst instance runs and passes its check, if it has one.
    var isUp: Bool { state == .running && (health == .healthy || health == .none) }
}

extension InstanceStatus {
    /// Whether it runs and passes its check, if it has one.
    var isUp: Bool { state == .running && (health == .healthy || health == .none) }
}
