internal import Control
internal import Stack
internal import Wire

/// What the gateway says of requests that are kept for later as Prometheus families, of the routes that keep any.
enum QueueMetrics {
    static func families(
        _ counters: GatewayCounters, labels: (GatewayCounters.Route) -> [(name: String, value: String)]
    ) -> [MetricFamily] {
        let queues = counters.routes.compactMap { route in
            route.queue.map { (labels: labels(route), queue: $0) }
        }
        guard !queues.isEmpty else { return [] }
        func family(
            _ name: String, _ help: String, _ kind: MetricFamily.Kind, _ value: (GatewayCounters.Queue) -> UInt64
        ) -> MetricFamily {
            MetricFamily(
                name: name, help: help, kind: kind,
                samples: queues.map { MetricFamily.Sample(labels: $0.labels, value: Double(value($0.queue))) })
        }
        let requests = queues.flatMap { labels, queue in
            zip(TicketState.allCases, queue.tickets).map { state, count in
                MetricFamily.Sample(labels: labels + [(name: "state", value: state.rawValue)], value: Double(count))
            }
        }
        return [
            MetricFamily(
                name: "hale_gateway_queue_requests", help: "Requests that were kept for later, and where they are.",
                kind: .gauge, samples: requests),
            family("hale_gateway_queue_bytes", "Bytes that they take on disk.", .gauge, \.bytes),
            family("hale_gateway_queued_total", "HTTP requests kept for later.", .counter, \.accepted),
            family(
                "hale_gateway_queue_refused_total", "HTTP requests not kept: no room, or no disk.", .counter, \.refused),
            family("hale_gateway_queue_delivered_total", "Kept requests that were answered.", .counter, \.delivered),
            family("hale_gateway_queue_failed_total", "Kept requests that were given up.", .counter, \.failed),
            family("hale_gateway_queue_expired_total", "Kept requests that waited for too long.", .counter, \.expired),
        ]
    }
}
