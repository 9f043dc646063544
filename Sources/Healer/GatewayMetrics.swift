internal import Control
internal import Stack
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
                    MetricFamily.Sample(labels: labels(of: route, stack), value: Double(value(route)))
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
            family(
                "hale_gateway_shed_total", "Connections or requests refused because too many waited.", .counter, \.shed
            ),
            family(
                "hale_gateway_client_limited_total",
                "Connections or requests refused because their client had too many.", .counter, \.clientLimited),
        ] + limitFamilies(counters, stack: stack) + requestFamilies(counters, stack: stack)
            + HandshakeMetrics.families(counters) { labels(of: $0, stack) }
            + QueueMetrics.families(counters) { labels(of: $0, stack) }
    }

    /// Of the routes whose calls in progress are limited.
    private static func limitFamilies(_ counters: GatewayCounters, stack: String) -> [MetricFamily] {
        let samples = counters.routes.compactMap { route in
            route.limit.map { MetricFamily.Sample(labels: labels(of: route, stack), value: Double($0)) }
        }
        guard !samples.isEmpty else { return [] }
        return [
            MetricFamily(
                name: "hale_gateway_concurrency_limit", help: "Calls that may be in progress now.", kind: .gauge,
                samples: samples)
        ]
    }

    private static func labels(of route: GatewayCounters.Route, _ stack: String) -> [(name: String, value: String)] {
        [
            (name: "stack", value: stack), (name: "service", value: route.service),
            (name: "port", value: "\(route.target)"),
        ]
    }

    /// What became of HTTP requests, of the routes that speak it.
    private static func requestFamilies(_ counters: GatewayCounters, stack: String) -> [MetricFamily] {
        let routes = counters.routes.filter { $0.http.total > 0 }
        guard !routes.isEmpty else { return [] }
        let answers = routes.flatMap { route in
            route.http.statuses.enumerated().filter { $0.element > 0 }.map { place, count in
                MetricFamily.Sample(
                    labels: labels(of: route, stack) + [(name: "code_class", value: "\(place + 1)xx")],
                    value: Double(count))
            }
        }
        let fallbacks = routes.flatMap { route in
            zip(FallbackKind.allCases, route.http.fallbacks).filter { $0.1 > 0 }.map { kind, count in
                MetricFamily.Sample(
                    labels: labels(of: route, stack) + [(name: "kind", value: kind.rawValue)], value: Double(count))
            }
        }
        let hedges = routes.filter { $0.http.hedges > 0 }.flatMap { route in
            [("sent", route.http.hedges), ("won", route.http.hedgesWon)].map { result, count in
                MetricFamily.Sample(
                    labels: labels(of: route, stack) + [(name: "result", value: result)], value: Double(count))
            }
        }
        func family(_ name: String, _ help: String, _ value: (GatewayCounters.Requests) -> UInt64) -> MetricFamily {
            MetricFamily(
                name: name, help: help, kind: .counter,
                samples: routes.map { route in
                    MetricFamily.Sample(labels: labels(of: route, stack), value: Double(value(route.http)))
                })
        }
        return [
            family("hale_gateway_requests_total", "HTTP requests taken up.", \.total),
            MetricFamily(
                name: "hale_gateway_responses_total", help: "HTTP responses of instances.", kind: .counter,
                samples: answers),
            family("hale_gateway_retries_total", "HTTP requests sent again.", \.retries),
            MetricFamily(
                name: "hale_gateway_hedges_total", help: "HTTP requests sent to another instance as well.",
                kind: .counter, samples: hedges),
            family("hale_gateway_failed_requests_total", "HTTP requests that no instance answered.", \.failed),
            family("hale_gateway_timeouts_total", "HTTP requests that an instance took too long for.", \.timeouts),
            family("hale_gateway_truncated_responses_total", "HTTP responses that broke off.", \.truncated),
            family("hale_gateway_malformed_requests_total", "HTTP requests that make no sense.", \.malformed),
            MetricFamily(
                name: "hale_gateway_fallbacks_total", help: "HTTP answers that stood in for an instance's.",
                kind: .counter, samples: fallbacks),
        ]
    }
}
