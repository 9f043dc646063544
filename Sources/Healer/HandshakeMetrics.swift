internal import Control
internal import Stack
internal import Wire

/// What the gateway says of TLS as Prometheus families, of the routes that speak it.
enum HandshakeMetrics {
    private typealias Label = (name: String, value: String)

    static func families(
        _ counters: GatewayCounters, labels: (GatewayCounters.Route) -> [(name: String, value: String)]
    ) -> [MetricFamily] {
        var expiries: [MetricFamily.Sample] = []
        var handshakes: [MetricFamily.Sample] = []
        var failures: [MetricFamily.Sample] = []
        for route in counters.routes {
            guard let tls = route.tls else { continue }
            let own = labels(route)
            expiries += tls.certificates.map {
                MetricFamily.Sample(labels: own + [(name: "file", value: $0.file)], value: Double($0.expiry))
            }
            for (peer, counts) in [("client", tls.clients), ("server", tls.servers)] {
                let peer: [Label] = own + [(name: "peer", value: peer)]
                if counts.succeeded > 0 {
                    handshakes.append(MetricFamily.Sample(labels: peer, value: Double(counts.succeeded)))
                }
                failures += zip(TLSHandshakeFailure.allCases, counts.failures).filter { $0.1 > 0 }.map {
                    reason, count in
                    MetricFamily.Sample(
                        labels: peer + [(name: "reason", value: reason.rawValue)], value: Double(count))
                }
            }
        }
        return [
            MetricFamily(
                name: "hale_gateway_certificate_expiry_timestamp_seconds",
                help: "When a certificate that clients are shown expires.", kind: .gauge, samples: expiries),
            MetricFamily(
                name: "hale_gateway_tls_handshakes_total", help: "TLS handshakes that went well.", kind: .counter,
                samples: handshakes),
            MetricFamily(
                name: "hale_gateway_tls_handshake_failures_total", help: "TLS handshakes that came to nothing.",
                kind: .counter, samples: failures),
        ].filter { !$0.samples.isEmpty }
    }
}
