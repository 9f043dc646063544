import Control
import Foundation
import Probing
import Stack
import Testing

@testable import Commands

@Suite struct ConnectivityTests {
    private func service(
        _ name: String, _ port: UInt16 = 80, check: Probe? = nil, image: String? = nil,
        networks: [String] = ["default"],
        change: (inout Service) -> Void = { _ in }
    ) -> Service {
        var service = Service(
            name: name, launch: LaunchSpecification(command: [name]), check: check.map { HealthCheck(probe: $0) },
            ports: [PublishedPort(published: port + 10_000, target: port)], image: image)
        service.naming = ServiceNames(networks: Dictionary(uniqueKeysWithValues: networks.map { ($0, []) }))
        change(&service)
        return service
    }

    private func exchange(_ service: Service, _ port: UInt16, published: UInt16? = nil) -> EndpointExchange {
        EndpointExchange(with: port, of: service, at: published ?? port, published: published)
    }

    // What is said

    @Test func theCheckSaysHowToAskAndByWhichName() {
        let check = Probe.postgres(port: nil, user: "me", password: "secret", database: "mine")
        #expect(
            exchange(service("db", 5_432, check: check), 5_432, published: 15_432).probe
                == .postgres(port: 15_432, user: "me", password: "secret", database: "mine"))
        let redis = Probe.redis(port: 7_000, user: nil, password: "secret", writable: true)
        // It writes nothing: the question is whether it answers.
        #expect(
            exchange(service("cache", 7_000, check: redis), 7_000).probe
                == .redis(port: 7_000, user: nil, password: "secret", writable: false))
        let http = Probe.http(HTTPProbe(port: 80, path: "/ready", headers: ["Authorization: me"], statuses: 204...204))
        let asked = exchange(service("web", check: http), 80, published: 8_080)
        #expect(
            asked.probe
                == .http(HTTPProbe(port: 8_080, path: "/ready", headers: ["Authorization: me"], statuses: 204...204)))
        #expect(asked.hasCredentials)
        #expect(exchange(service("calls", 50_051, check: .grpc(port: 50_051, service: "a.B")), 50_051).name == "grpc")
    }

    @Test func anotherPortThanTheChecksIsAskedForAnyAnswer() {
        let web = service("web", 80, check: .http(HTTPProbe(port: 81, path: "/ready"))) {
            $0.traffic.protocols[80] = .http
        }
        #expect(exchange(web, 80).probe == .http(HTTPProbe(port: 80, statuses: 100...599)))
    }

    @Test(arguments: [
        ("postgres:16-alpine", UInt16(5_432), "postgres"), ("docker.io/library/redis", 6_379, "redis"),
        ("neo4j@sha256:0", 7_687, "bolt"), ("neo4j:5", 7_474, "http"), ("ollama/ollama:latest", 11_434, "ollama"),
        ("shop/postgres-exporter:1", 5_432, "tcp"), ("redis:7", 80, "tcp"), ("x:1", 6_379, "tcp"),
    ])
    func imagesThatEverybodyKnowsAreAskedAsTheyAre(image: String, port: UInt16, name: String) {
        #expect(exchange(service("it", port, image: image), port).name == name)
    }

    @Test func whatTheFileSaysComesBeforeTheImage() {
        let plain = service("it", 6_379, image: "redis:7") { $0.traffic.protocols[6_379] = .tcp }
        #expect(exchange(plain, 6_379).name == "tcp")
    }

    @Test func publishedPortsAreSpokenToOverTLSWhereTheyWantIt() {
        func encrypted(_ application: ApplicationProtocol, _ change: (inout TLSTerminationPolicy) -> Void = { _ in })
            -> Service
        {
            var policy = TLSTerminationPolicy(certificates: [])
            change(&policy)
            return service("web") {
                $0.traffic.protocols[80] = application
                $0.traffic.tls = policy
            }
        }
        #expect(exchange(encrypted(.http), 80, published: 443).name == "https")
        #expect(exchange(encrypted(.http), 80).name == "http")
        #expect(exchange(encrypted(.http) { $0.ports = [444] }, 80, published: 443).name == "http")
        #expect(exchange(encrypted(.http) { $0.clientAuthority = "/ca" }, 80, published: 443).name == "tcp")
        #expect(exchange(encrypted(.postgres), 80, published: 443).name == "postgres")
        #expect(exchange(encrypted(.postgres) { $0.isRequired = true }, 80, published: 443).name == "tcp")
        #expect(exchange(encrypted(.redis), 80, published: 443).name == "tcp")
    }

    @Test func whoWaitsForAProxyIsOnlyConnectedTo() {
        let web = service("web") {
            $0.traffic.protocols[80] = .http
            $0.traffic.proxyProtocol.accepts = true
        }
        #expect(exchange(web, 80, published: 8_080).name == "tcp")
        #expect(exchange(web, 80).name == "http")
    }

    // Who asks whom

    private func plan(
        _ services: [Service], _ states: [String: ServiceStatus], networks: [String: String] = [:],
        names: [String: String] = [:], fallback: @escaping (Service, String) -> String? = { _, _ in nil }
    ) -> ConnectivityPlan {
        ConnectivityPlan(
            Stack(name: "shop", directory: "/", services: services), Samples.status(states),
            enter: { instance, _ throws(Vantage.Obstacle) in
                guard networks[instance.service] != "closed" else {
                    throw Vantage.Obstacle(description: "it is closed")
                }
                let network = networks[instance.service] ?? ""
                return Vantage(
                    instance: instance, network: network.isEmpty ? nil : "/proc/1/ns/\(network)", networkName: network,
                    names: names)
            }, fallback: fallback)
    }

    private func running(_ name: String, _ ports: [PortStatus] = []) -> ServiceStatus {
        Samples.service(Samples.instance("\(name)-1", .running, pid: 7), ports: ports)
    }

    private func described(_ plan: ConnectivityPlan) -> [String] {
        plan.tests.map { test in
            "\(test.service) \(test.address):\(test.connected) from "
                + test.vantages.map(\.description).joined(separator: ", ")
        }
    }

    @Test func publishedPortsAreAskedFromTheHost() {
        let ports = [
            PortStatus(address: "0.0.0.0", published: 8_080, target: 80, transport: "tcp"),
            PortStatus(address: "::", published: 8_081, target: 80, transport: "tcp"),
            PortStatus(address: "10.0.0.1", published: 8_082, target: 80, transport: "tcp"),
            PortStatus(address: "0.0.0.0", published: 8_083, target: 80, transport: "udp"),
        ]
        let plan = plan([service("web")], ["web": running("web", ports)])
        #expect(
            described(plan) == [
                "web 127.0.0.1:8080 from the host", "web ::1:8081 from the host", "web 10.0.0.1:8082 from the host",
            ])
        #expect(plan.gaps.map(\.what) == ["web: port 8083/udp"])
    }

    @Test func onlyWhoSharesANetworkAsks() {
        let services = [
            service("db", networks: ["back"]), service("web", networks: ["front", "back"]),
            service("edge", networks: ["front"]),
        ]
        let plan = plan(
            services, ["db": running("db"), "web": running("web"), "edge": running("edge")],
            networks: ["db": "1", "web": "2", "edge": "3"],
            names: ["db": "10.0.0.2", "web": "10.0.0.3", "edge": "10.0.0.4"])
        #expect(
            described(plan) == [
                "web 10.0.0.3:80 from inside db-1", "web 10.0.0.3:80 from inside edge-1",
                "db 10.0.0.2:80 from inside web-1",
                "edge 10.0.0.4:80 from inside web-1",
            ])
    }

    @Test func whoeverFindsTheSameThroughTheSameNetworkIsAskedOnce() {
        let services = ["a", "b", "db"].map { service($0) }
        let plan = plan(
            services, Dictionary(uniqueKeysWithValues: services.map { ($0.name, running($0.name)) }),
            names: ["a": "127.0.0.5", "b": "127.0.0.6", "db": "127.0.0.7"])
        #expect(
            described(plan) == [
                "b 127.0.0.6:80 from inside a-1, inside db-1", "db 127.0.0.7:80 from inside a-1, inside b-1",
                "a 127.0.0.5:80 from inside b-1, inside db-1",
            ])
    }

    @Test func whatCannotBeAskedIsSaid() {
        let services = ["closed", "stopped", "web"].map { service($0) }
        let stopped = Samples.service(Samples.instance("stopped-1", .stopped))
        let plan = plan(
            services, ["closed": running("closed"), "stopped": stopped, "web": running("web")],
            networks: ["closed": "closed"],
            fallback: { service, client in service.name == "closed" ? nil : "127.0.0.9 \(client)" })
        #expect(described(plan) == ["stopped 127.0.0.9 web:80 from inside web-1"])
        #expect(
            plan.gaps.map { "\($0.what): \($0.why)" } == [
                "from inside closed: it is closed", "from inside stopped: no instance of it runs",
                "closed from inside web: no address of it is known there",
            ])
    }

    @Test func hostsAreReadAsAResolverDoes() {
        let names = Vantage.parse(
            "# none\n127.0.0.1\tlocalhost\n10.0.0.1 DB db.shop # the database\n\n10.0.0.2 db\nalone\n")
        #expect(names == ["localhost": "127.0.0.1", "db": "10.0.0.1", "db.shop": "10.0.0.1"])
    }

    // What is told

    private func report(_ outcome: ProbeOutcome, _ service: Service, _ status: ServiceStatus) -> ConnectivityReport {
        let test = ConnectivityPlan.Test(
            service: service.name, port: 6_379, address: "::1", connected: 10_011,
            exchange: exchange(service, 6_379, published: 10_011), vantages: [.host])
        return ConnectivityReport(
            [ConnectivityRun.Result(test: test, outcome: outcome)], [], Samples.status([service.name: status]))
    }

    @Test func anAnswerIsOneEvenWhereItAsksForAPassword() {
        let wanting = ProbeOutcome.failed("password required")
        let unknown = report(wanting, service("redis", 6_379, image: "redis:7"), running("redis"))
        #expect(unknown.ok)
        #expect(
            unknown.text(Style(isColored: false)).contains("asks for a password, of which the file's check says none"))
        let check = Probe.redis(port: nil, user: nil, password: "secret", writable: false)
        #expect(!report(wanting, service("redis", 6_379, check: check), running("redis")).ok)
    }

    @Test func whatFailsIsSaidWithWhatTheHealerKnows() {
        let redis = service("redis", 6_379, image: "redis:7")
        let failed = report(
            .failed("connection refused"), redis,
            Samples.service(
                Samples.instance("redis-1", .backoff, error: "exited with code 1")))
        #expect(!failed.ok)
        #expect(
            failed.text(Style(isColored: false)).hasSuffix(
                "1 of 1 endpoints fail:\n  redis port 6379 (redis) at [::1]:10011 from the host: connection refused "
                    + "(it is backoff: exited with code 1)\n"))
        #expect(report(.failed("timed out"), redis, running("redis")).endpoints.first?.reason == "timed out")
    }

    @Test func wellIsSaidInOneLine() {
        let well = report(
            .passed(took: .microseconds(1_260)), service("redis", 6_379, image: "redis:7"), running("redis"))
        #expect(well.text(Style(isColored: false)).contains("ok, 1.3 ms"))
        #expect(well.text(Style(isColored: false)).hasSuffix("all 1 endpoints answer\n"))
    }
}
