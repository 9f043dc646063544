internal import Control
internal import Wire

/// The gateway's counts as Prometheus families.
enum GatewayMetrics {
    static func families(_ counters: GatewayCounters, stack: String) -> [MetricFamily] {
        guard !counters.routes.isEmpty else { return [] }
        func family(
            _ name: String, _ help: String, _ kind: MetricFamily.Kind, _ value: (GatewayCounters.Route) -> UInt64
        ) -> MetricFamily {
            MetricFamily(
                name: name, help: help, kind: kind,
                samples: counters.routes.map { route in
                    MetricFamily.Sample(
                        labels: [
                            (name: "stack", value: stack), (name: "service", value: route.service),
                            (name: "port", value: "\(route.target)"),
                        ], value: Double(value(route)))
                })
        }
        return [
            family("hale_gateway_connections", "Connections forwarded now.", .gauge, \.active),
            family("hale_gateway_held_connections", "Connections waiting for a repair now.", .gauge, \.held),
            family("hale_gateway_accepted_total", "Connections accepted.", .counter, \.accepted),
            family("hale_gateway_refused_total", "Connections closed unserved.", .counter, \.refused),
            family(
                "hale_gateway_released_total", "Connections that waited and were then served.", .counter, \.released),
            family("hale_gateway_received_bytes_total", "Bytes from clients to the service.", .counter, \.bytesIn),
            family("hale_gateway_sent_bytes_total", "Bytes from the service to clients.", .counter, \.bytesOut),
        ]
    }
}
