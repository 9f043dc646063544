import Stack
import Testing

@testable import Runtimes

@Suite struct VirtualAddressPlanTests {
    static func network(
        _ name: String = "shop_default", _ range: String = "172.18.0.0/16", taken: Set<String> = []
    ) throws -> VirtualAddressPlan.Network {
        VirtualAddressPlan.Network(
            name: name, subnet: try #require(EngineSubnet(range)), interface: "br-1", taken: taken)
    }

    static func texts(_ plan: VirtualAddressPlan) -> [String] {
        plan.addresses.map { "\($0.service)\($0.client.map { " for \($0)" } ?? "") in \($0.network) at \($0.address)" }
    }

    static func hosts(_ plan: VirtualAddressPlan, _ service: Service) -> [String] {
        plan.hosts(of: service).map { "\($0.name) \($0.address)" }
    }

    static let shop = ContainerSamples.stack(
        ContainerSamples.service("web"), ContainerSamples.service("db", exposed: [5_432]),
        ContainerSamples.service("cache", exposed: [6_379]))

    @Test func everyServiceHasAnAddressFromAbove() throws {
        let plan = VirtualAddressPlan(Self.shop, networks: [try Self.network()], former: [])
        #expect(
            Self.texts(plan) == [
                "cache in shop_default at 172.18.255.254", "db in shop_default at 172.18.255.253",
                "web in shop_default at 172.18.255.252",
            ])
    }

    @Test func addressesStayWithTheirOwners() throws {
        let first = VirtualAddressPlan(Self.shop, networks: [try Self.network()], former: [])
        var grown = Self.shop
        grown.services["api"] = ContainerSamples.service("api")
        grown.services["cache"] = nil
        let second = VirtualAddressPlan(grown, networks: [try Self.network()], former: first.addresses)
        #expect(
            Set(Self.texts(second)) == [
                "api in shop_default at 172.18.255.254", "db in shop_default at 172.18.255.253",
                "web in shop_default at 172.18.255.252",
            ])
        let third = VirtualAddressPlan(grown, networks: [try Self.network()], former: second.addresses)
        #expect(Set(third.addresses) == Set(second.addresses))
    }

    @Test func whatSomebodyHasIsNotTaken() throws {
        let first = VirtualAddressPlan(Self.shop, networks: [try Self.network()], former: [])
        let network = try Self.network(taken: ["172.18.255.253", "172.18.255.251"])
        #expect(
            Set(Self.texts(VirtualAddressPlan(Self.shop, networks: [network], former: first.addresses))) == [
                "cache in shop_default at 172.18.255.254", "web in shop_default at 172.18.255.252",
                "db in shop_default at 172.18.255.250",
            ])
    }

    @Test func anAddressOfAnotherRangeIsNotKept() throws {
        let former = VirtualAddressPlan(Self.shop, networks: [try Self.network()], former: []).addresses
        let plan = VirtualAddressPlan(
            Self.shop, networks: [try Self.network("shop_default", "10.7.0.0/24")], former: former)
        #expect(plan.addresses.allSatisfy { $0.address.hasPrefix("10.7.0.") } && plan.addresses.count == 3)
    }

    @Test func anAddressThatTheFileGivesAContainerIsNoGateways() throws {
        var stack = Self.shop
        stack.services["fixed"] = ContainerSamples.service(
            "fixed", networks: [ContainerAttachment(network: "shop_default", ipv4: "172.18.255.254")])
        let plan = VirtualAddressPlan(stack, networks: [try Self.network()], former: [])
        #expect(plan.addresses.count == 4 && !plan.addresses.map(\.address).contains("172.18.255.254"))
        let former = VirtualAddressPlan(Self.shop, networks: [try Self.network()], former: []).addresses
        let later = VirtualAddressPlan(stack, networks: [try Self.network()], former: former)
        #expect(
            later.addresses.count == 4 && !later.addresses.map(\.address).contains("172.18.255.254"))
    }

    @Test func aFullRangeLeavesTheLastWithoutOne() throws {
        let names = (1...5).map { "s\($0)" }
        let stack = ContainerSamples.stack(names.map { ContainerSamples.service($0) })
        let plan = VirtualAddressPlan(stack, networks: [try Self.network("shop_default", "10.0.0.0/29")], former: [])
        #expect(plan.addresses.map(\.service) == ["s1", "s2", "s3"])
        let none = VirtualAddressPlan(
            stack,
            networks: [
                try Self.network("shop_default", "10.0.0.0/29", taken: ["10.0.0.6", "10.0.0.5", "10.0.0.4"])
            ], former: [])
        #expect(none.addresses.isEmpty)
        #expect(Self.hosts(plan, ContainerSamples.service("s5")) == ["s1 10.0.0.6", "s2 10.0.0.5", "s3 10.0.0.4"])
    }

    @Test func noTwoHaveTheSameWhateverWasBefore() throws {
        for seed in 0..<50 {
            var random = SplitMix64(seed: UInt64(seed))
            var former: [VirtualAddress] = []
            for _ in 0..<6 {
                let names = (0..<12).filter { _ in Bool.random(using: &random) }.map { "s\($0)" }
                let stack = ContainerSamples.stack(names.map { ContainerSamples.service($0) })
                let taken = Set(
                    (0..<8).map { _ in "10.1.0.\(Int.random(in: 1...254, using: &random))" })
                let network = try Self.network("shop_default", "10.1.0.0/24", taken: taken)
                let plan = VirtualAddressPlan(stack, networks: [network], former: former)
                #expect(Set(plan.addresses.map(\.service)) == Set(names), "seed \(seed)")
                let addresses = Set(plan.addresses.map(\.address))
                #expect(addresses.count == names.count && addresses.isDisjoint(with: taken), "seed \(seed)")
                for address in plan.addresses {
                    let before = former.first { $0.service == address.service }?.address
                    if let before, !taken.contains(before) { #expect(before == address.address, "seed \(seed)") }
                }
                former = plan.addresses
            }
        }
    }

    @Test func aClientThatARuleTellsFromOthersHasOneForItself() throws {
        var stack = Self.shop
        var rule = PriorityRule(priority: 9)
        rule.client = "web"
        stack.services["db"]?.traffic.load.rules = [rule]
        let plan = VirtualAddressPlan(stack, networks: [try Self.network()], former: [])
        #expect(
            Self.texts(plan) == [
                "cache in shop_default at 172.18.255.254", "db in shop_default at 172.18.255.253",
                "db for web in shop_default at 172.18.255.252", "web in shop_default at 172.18.255.251",
            ])
        let (web, cache) = (try #require(stack.services["web"]), try #require(stack.services["cache"]))
        #expect(Self.hosts(plan, web) == ["db 172.18.255.252", "cache 172.18.255.254"])
        #expect(Self.hosts(plan, cache) == ["db 172.18.255.253", "web 172.18.255.251"])
    }

    @Test func aServiceIsFoundByAllItsNames() throws {
        let db = ContainerSamples.service(
            "db",
            networks: [
                ContainerAttachment(network: "shop_back", aliases: ["sql", "DB", "store"]),
                ContainerAttachment(network: "shop_front", aliases: ["secret"]),
            ]
        ) { $0.name = "pg" }
        let web = ContainerSamples.service(
            "web", networks: [ContainerAttachment(network: "shop_back")],
            naming: ServiceNames(links: [.init("db", as: "database"), .init("gone", as: "nobody")]))
        let other = ContainerSamples.service("other", networks: [ContainerAttachment(network: "shop_back")])
        let stack = ContainerSamples.stack(db, web, other)
        let plan = VirtualAddressPlan(
            stack, networks: [try Self.network("shop_back"), try Self.network("shop_front", "172.19.0.0/16")],
            former: [])
        #expect(
            Self.hosts(plan, web) == [
                "db 172.18.255.254", "pg 172.18.255.254", "sql 172.18.255.254", "store 172.18.255.254",
                "database 172.18.255.254", "other 172.18.255.253",
            ])
        #expect(Self.hosts(plan, other).contains("web 172.18.255.252"))
        #expect(!Self.hosts(plan, other).contains { $0.hasPrefix("database") })
    }

    @Test func aliasesAreThoseOfTheSharedNetwork() throws {
        let db = ContainerSamples.service(
            "db",
            networks: [
                ContainerAttachment(network: "shop_back", aliases: ["inner"]),
                ContainerAttachment(network: "shop_front", aliases: ["outer"]),
            ])
        let clients = ["back", "front"].map {
            ContainerSamples.service($0, networks: [ContainerAttachment(network: "shop_\($0)")])
        }
        let plan = VirtualAddressPlan(
            ContainerSamples.stack([db] + clients),
            networks: [try Self.network("shop_back"), try Self.network("shop_front", "172.19.0.0/16")], former: [])
        #expect(Self.hosts(plan, clients[0]) == ["db 172.18.255.253", "inner 172.18.255.253"])
        #expect(Self.hosts(plan, clients[1]) == ["db 172.19.255.254", "outer 172.19.255.254"])
    }

    @Test func itsOwnNameIsItsOwn() throws {
        let web = ContainerSamples.service("web")
        let other = ContainerSamples.service(
            "other", networks: [ContainerAttachment(network: "shop_default", aliases: ["WEB"])])
        let plan = VirtualAddressPlan(ContainerSamples.stack(web, other), networks: [try Self.network()], former: [])
        #expect(Self.hosts(plan, web) == ["other 172.18.255.254"])
    }

    @Test func whoIsInNoCommonNetworkIsNotFound() throws {
        let lone = ContainerSamples.service("lone", networks: [ContainerAttachment(network: "shop_lone")])
        let host = ContainerSamples.service("host", networks: [])
        let stack = ContainerSamples.stack(ContainerSamples.service("web"), lone, host)
        let plan = VirtualAddressPlan(stack, networks: [try Self.network()], former: [])
        #expect(plan.addresses.map(\.service) == ["web"])
        #expect(plan.hosts(of: lone).isEmpty && plan.hosts(of: host).isEmpty)
        #expect(plan.hosts(of: ContainerSamples.service("stranger")).isEmpty)
    }

    @Test func whomTheGatewayCannotStandForIsFoundDirectly() throws {
        let silent = ContainerSamples.service("silent", exposed: [])
        var mixed = ContainerSamples.service("mixed")
        mixed.ports = [PublishedPort(published: 53, target: 53, transport: "udp")]
        let off = ContainerSamples.service("off") { $0.isBehindGateway = false }
        let none = ContainerSamples.service("none", replicas: 0)
        let process = Service(name: "process", launch: LaunchSpecification(command: ["x"]), exposed: [80])
        for service in [silent, mixed, off, none, process] {
            #expect(!VirtualAddressPlan.isBehindGateway(service), "\(service.name)")
        }
        var published = ContainerSamples.service("published", exposed: [])
        published.ports = [PublishedPort(published: 8_080, target: 80)]
        var checked = ContainerSamples.service("checked", exposed: [])
        checked.check = HealthCheck(probe: .redis(port: nil, user: nil, password: nil, writable: false))
        for service in [published, checked] { #expect(VirtualAddressPlan.isBehindGateway(service)) }
        let plan = VirtualAddressPlan(
            ContainerSamples.stack(silent, mixed, off, none, process, published, checked),
            networks: [try Self.network()], former: [])
        #expect(plan.addresses.map(\.service) == ["checked", "published"])
    }

    @Test func withoutNetworksNobodyIsFound() {
        let plan = VirtualAddressPlan(Self.shop, networks: [], former: [])
        #expect(plan.addresses.isEmpty)
        #expect(plan.hosts(of: ContainerSamples.service("web")).isEmpty)
    }
}
