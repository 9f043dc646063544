import Stack
import Testing

@Suite struct NetworkPlanTests {
    static func service(_ name: String, _ naming: ServiceNames) -> Service {
        Service(name: name, launch: LaunchSpecification(command: [name]), naming: naming)
    }

    static func stack(_ services: Service..., closed: Set<String> = []) -> Stack {
        Stack(name: "shop", directory: "/", services: services, internalNetworks: closed)
    }

    static let shop = stack(
        service("web", ServiceNames(networks: ["front": [], "back": []])),
        service("db", ServiceNames(networks: ["back": []])),
        service("cache", ServiceNames(networks: ["back": []])),
        service("vault", ServiceNames(networks: ["closed": []])),
        service("guest", ServiceNames(networks: [:], networksOf: "db")),
        service("lone", ServiceNames(networks: [:], mode: .alone)),
        service("other", ServiceNames(networks: [:], mode: .alone)),
        service("caller", ServiceNames(networks: [:], mode: .bridge)),
        service("hosted", ServiceNames(networks: [:], mode: .host)), closed: ["closed"])

    static func plan(_ stack: Stack = shop, identity: String = "/var/lib/hale/shop") -> NetworkPlan {
        NetworkPlan(stack, identity: identity)
    }

    @Test func whoIsInTheSameNetworksLivesTogether() {
        let plan = Self.plan()
        func path(_ service: String) -> String? { plan.namespace(of: service)?.path }
        #expect(path("db") != nil && path("db") == path("cache") && path("db") == path("guest"))
        #expect(plan.namespace(of: "web")?.networks == ["back", "front"])
        #expect(path("hosted") == nil)
        let homes = ["web", "db", "vault", "lone", "other", "caller"].compactMap(path)
        #expect(Set(homes).count == 6)
    }

    /// One that only services of several are in has a bridge all the same, and comes before those who join it.
    @Test func everyNetworkHasANamespace() {
        let namespaces = Self.plan().namespaces
        #expect(namespaces.map(\.networks) == [["back"], ["closed"], ["front"], ["back", "front"], [], [], []])
        #expect(namespaces.map(\.callsOut) == [true, false, true, true, true, false, false])
    }

    @Test func namesTellProjectsAndNetworksApart() {
        let (plan, other) = (Self.plan(), Self.plan(identity: "/tmp/state/shop"))
        let names = plan.namespaces.map(\.name) + other.namespaces.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(plan.namespaces.first?.name.hasPrefix("hale-shop-back-") == true)
        #expect(Self.plan() == plan)
        #expect(plan.namespaces.allSatisfy { plan.owns($0.name) && !other.owns($0.name) })
        #expect(!plan.owns("back") && !plan.owns("hale-shop-back"))
    }

    @Test func aNameIsNeitherTooLongNorAPath() throws {
        let long = String(repeating: "n", count: 300)
        let stack = Self.stack(
            Self.service("web", ServiceNames(networks: [long + "1": []])),
            Self.service("db", ServiceNames(networks: [long + "2": []])),
            Self.service("odd", ServiceNames(networks: ["../über net": []])))
        let names = Self.plan(stack).namespaces.map(\.name)
        #expect(Set(names).count == 3)
        #expect(names.allSatisfy { $0.utf8.count < 200 && !$0.contains("/") && $0.utf8.allSatisfy { $0 < 0x80 } })
    }

    @Test func servicesThatJoinEachOtherAreAlone() {
        let stack = Self.stack(
            Self.service("a", ServiceNames(networks: [:], networksOf: "b")),
            Self.service("b", ServiceNames(networks: [:], networksOf: "a")),
            Self.service("c", ServiceNames(networks: [:], networksOf: "nobody")))
        #expect(Self.plan(stack).namespaces.allSatisfy { $0.networks.isEmpty && !$0.callsOut })
    }

    @Test func aPlacedStackSaysWhereEachLives() {
        let plan = Self.plan()
        let placed = Self.shop.placed(by: plan)
        #expect(placed.services["db"]?.launch.network == plan.namespace(of: "db")?.path)
        #expect(placed.services["hosted"]?.launch.network == nil)
        #expect(placed.placed(by: nil) == Self.shop)
    }

    @Test func theHostIsWhereItsNetworkLeads() throws {
        let naming = ServiceNames(extraHosts: [
            .init("docker", at: ServiceNames.ExtraHost.hostGateway), .init("far", at: "10.9.9.9"),
        ])
        let stack = Self.stack(Self.service("web", naming))
        #expect(stack.namesHostGateway && !Self.shop.namesHostGateway)
        let plan = Self.plan(stack)
        let path = try #require(plan.namespace(of: "web")?.path)
        func found(_ stack: Stack) -> [String] { stack.services["web"]?.names.extraHosts.map(\.address) ?? [] }
        #expect(found(stack.placed(by: nil)) == ["127.0.0.1", "10.9.9.9"])
        #expect(found(stack.placed(by: plan, gateways: [path: "10.210.3.1"])) == ["10.210.3.1", "10.9.9.9"])
        #expect(found(stack.placed(by: plan)) == ["10.9.9.9"])
    }
}
