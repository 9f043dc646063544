import Foundation
import Healing
import Runtimes
import Stack
import Testing
import Wire

@testable import Healer

@Suite struct ContainerListenerTests {
    private static func service(_ name: String, ports: [PublishedPort] = [], exposed: [UInt16] = []) -> Service {
        Service(
            name: name,
            launch: LaunchSpecification(command: [], container: ContainerSpecification(image: "x")), ports: ports,
            exposed: exposed)
    }

    private static func stack(_ services: Service...) -> Stack {
        Stack(name: "shop", directory: "/", services: services, containers: ContainerProject())
    }

    private static func virtual(_ service: String, at address: String, client: String? = nil) throws -> VirtualAddress {
        var fields = ["service": service, "network": "shop_default", "address": address]
        fields["client"] = client
        return try JSONDecoder().decode(VirtualAddress.self, from: JSONEncoder().encode(fields))
    }

    private static func plan(
        _ stack: Stack, published: Set<String> = [], virtual: [VirtualAddress] = []
    ) -> ListenerPlan {
        var book = AddressBook(identity: "shop")
        return ListenerPlan(
            stack: stack, addresses: &book, hostAddresses: ["192.0.2.7"], publishedByEngine: published,
            virtual: virtual)
    }

    private static func places(_ plan: ListenerPlan) -> [String] {
        plan.listeners.map {
            let client = $0.client.map { " for \($0)" } ?? ""
            return "\($0.service):\($0.target) at \($0.request.address) port \($0.request.port)\(client)"
        }
    }

    private static let web = service(
        "web",
        ports: [
            PublishedPort(address: "127.0.0.1", published: 8_080, target: 80),
            PublishedPort(published: 8_443, target: 443),
            PublishedPort(address: "0.0.0.0", published: 9_000, target: 9_000),
            PublishedPort(published: 53, target: 53, transport: "udp"),
        ])

    @Test func publishedPortsOfTCPAreListenedOn() {
        let plan = Self.plan(Self.stack(Self.web, Self.service("db", exposed: [5_432])))
        #expect(
            Self.places(plan) == [
                "web:80 at 127.0.0.1 port 8080", "web:443 at 0.0.0.0 port 8443", "web:443 at :: port 8443",
                "web:9000 at 0.0.0.0 port 9000",
            ])
        #expect(plan.leavesPortsToEngine)
        #expect(plan.listeners.allSatisfy { $0.published != nil && $0.request.network == nil })
    }

    @Test func whatTheEnginePublishesIsLeftToIt() {
        let other = Self.service("other", ports: [PublishedPort(published: 7_000, target: 7_000)])
        let plan = Self.plan(Self.stack(Self.web, other), published: ["web"])
        #expect(Self.places(plan) == ["other:7000 at 0.0.0.0 port 7000", "other:7000 at :: port 7000"])
    }

    @Test func theGatewayStandsAtVirtualAddressesForEveryPort() throws {
        let virtual = [
            try Self.virtual("db", at: "172.18.255.254"),
            try Self.virtual("db", at: "172.18.255.253", client: "web"),
            try Self.virtual("gone", at: "172.18.255.252"),
        ]
        let stack = Self.stack(Self.service("db", exposed: [5_432, 9_187]), Self.service("web"))
        let plan = Self.plan(stack, virtual: virtual)
        #expect(
            Self.places(plan) == [
                "db:5432 at 172.18.255.254 port 5432", "db:9187 at 172.18.255.254 port 9187",
                "db:5432 at 172.18.255.253 port 5432 for web", "db:9187 at 172.18.255.253 port 9187 for web",
            ])
        #expect(plan.listeners.allSatisfy { $0.published == nil })
        #expect(!plan.listeners.contains { $0.request.address.hasPrefix("127.") })
        let surroundings = ListenerPlan.Surroundings(
            routing: { .open([InstanceID($0, 1)]) }, run: { _ in 3 }, address: { _ in "172.18.0.5" },
            network: { _ in nil })
        let routes = plan.routes(of: "db", stack: stack, surroundings)
        #expect(routes.map(\.target) == [5_432, 9_187])
        #expect(routes.first?.clients.values.sorted() == ["web"])
        let backend = GatewayConfiguration.Backend(
            address: "172.18.0.5", port: 5_432, run: 3, instance: InstanceID("db", 1))
        #expect(routes.first?.state == .open([backend]))
    }

    @Test func anInstanceWithoutAnAddressIsNoBackend() throws {
        let stack = Self.stack(Self.service("db", exposed: [5_432]))
        let plan = Self.plan(stack, virtual: [try Self.virtual("db", at: "172.18.255.254")])
        let surroundings = ListenerPlan.Surroundings(
            routing: { .open([InstanceID($0, 1), InstanceID($0, 2)]) }, run: { _ in 1 },
            address: { $0.number == 1 ? "" : "172.18.0.6" }, network: { _ in nil })
        guard case .open(let backends) = plan.routes(of: "db", stack: stack, surroundings).first?.state else {
            Issue.record("it is not open")
            return
        }
        #expect(backends.map(\.address) == ["172.18.0.6"])
    }

    @Test func aStackOfProcessesLeavesNothingToAnEngine() {
        var book = AddressBook(identity: "shop")
        let stack = Stack(name: "shop", directory: "/", services: [Self.web])
        let plan = ListenerPlan(stack: stack, addresses: &book, hostAddresses: [])
        #expect(!plan.leavesPortsToEngine && plan.listeners.contains { $0.published == nil })
    }
}
