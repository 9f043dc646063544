import Stack
import Testing
import Wire

@testable import Healer

@Suite struct HandshakeMetricsTests {
    @Test func onlyRoutesThatSpeakTLSHaveAny() {
        let counters = GatewayCounters(routes: [GatewayCounters.Route(service: "web", target: 80)])
        #expect(HandshakeMetrics.families(counters) { _ in [] }.isEmpty)
    }

    @Test func eachPeerAndReasonIsCountedByItself() {
        var route = GatewayCounters.Route(service: "web", target: 80)
        var tls = GatewayCounters.Handshakes()
        tls.clients.succeeded = 3
        tls.clients.count(.timeout)
        tls.servers.count(.certificate)
        tls.certificates = [.init(file: "/a.pem", expiry: 1_800_000_000)]
        route.tls = tls
        let families = HandshakeMetrics.families(GatewayCounters(routes: [route])) { [("service", $0.service)] }
        let samples = families.flatMap { family in
            family.samples.map { sample in
                let labels = sample.labels.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
                return "\(family.name){\(labels)} \(Int(sample.value))"
            }
        }
        #expect(
            samples == [
                "hale_gateway_certificate_expiry_timestamp_seconds{service=web,file=/a.pem} 1800000000",
                "hale_gateway_tls_handshakes_total{service=web,peer=client} 3",
                "hale_gateway_tls_handshake_failures_total{service=web,peer=client,reason=timeout} 1",
                "hale_gateway_tls_handshake_failures_total{service=web,peer=server,reason=certificate} 1",
            ])
    }
}
