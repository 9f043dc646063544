import Healing
import Runtimes
import Stack
import Testing
import Wire

@testable import Healer

@Suite struct ListenerPlanTests {
    static func service(_ name: String, ports: [PublishedPort]) -> Service {
        Service(name: name, launch: LaunchSpecification(command: [name]), ports: ports)
    }

    static func stack(_ services: Service...) -> Stack {
        Stack(name: "shop", directory: "/", services: services)
    }

    static func surroundings(
        _ book: AddressBook, routing: @escaping (String) -> Routing, run: @escaping (InstanceID) -> Int
    ) -> ListenerPlan.Surroundings {
        var book = book
        return ListenerPlan.Surroundings(
            routing: routing, run: run, address: { book.address(of: $0.service, number: $0.number) },
            network: { _ in nil })
    }

    @Test func listensForClientsAndForOtherServices() {
        var book = AddressBook(identity: "shop")
        let stack = Self.stack(
            Self.service("db", ports: [PublishedPort(address: "127.0.0.1", published: 10_010, target: 5_432)]))
        let plan = ListenerPlan(stack: stack, addresses: &book, hostAddresses: [])
        let places = plan.listeners.map { "\($0.request.address):\($0.request.port)" }
        #expect(places == ["127.0.0.1:10010", book.address(ofService: "db") + ":5432"])
    }

    @Test func listensForAClientOfItsOwnWhereARuleTellsItFromOthers() {
        var book = AddressBook(identity: "shop")
        var db = Self.service("db", ports: [PublishedPort(address: "127.0.0.1", published: 10_010, target: 5_432)])
        var rule = PriorityRule(priority: 9)
        rule.client = "web"
        db.traffic.load.rules = [rule, PriorityRule(priority: 1)]
        let stack = Self.stack(db, Self.service("web", ports: []))
        let plan = ListenerPlan(stack: stack, addresses: &book, hostAddresses: [])
        let own = book.address(of: db, for: "web")
        #expect(own != book.address(ofService: "db") && book.instance(at: own) == nil)
        #expect(book.address(of: db, for: "other") == book.address(ofService: "db"))
        let routes = plan.configuration(stack: stack, Self.surroundings(book, routing: { _ in .held }, run: { _ in 1 }))
            .routes
        let key = plan.listeners.first { $0.request.address == own }?.request.key
        #expect(routes.count == 1 && routes.first?.listeners.count == 3)
        #expect(routes.first?.clients == key.map { [$0: "web"] })
    }

    @Test func clientsOfPublishedPortsAloneSpeakTLS() {
        var book = AddressBook(identity: "shop")
        var web = Self.service(
            "web",
            ports: [8_443, 8_080].map { PublishedPort(address: "127.0.0.1", published: $0, target: 80) })
        web.traffic.tls = TLSTerminationPolicy(certificates: [CertificateFiles(certificate: "/a.pem", key: "/a.key")])
        web.traffic.upstreamTLS = TLSOriginationPolicy(serverName: "inner")
        func route() -> GatewayConfiguration.Route? {
            let stack = Self.stack(web)
            let plan = ListenerPlan(stack: stack, addresses: &book, hostAddresses: [])
            return plan.configuration(
                stack: stack, Self.surroundings(book, routing: { .open([InstanceID($0, 1)]) }, run: { _ in 1 })
            ).routes.first
        }
        #expect(route()?.listeners.count == 3)
        #expect(
            route()?.encrypted == ["web:80 at 127.0.0.1 port 8443", "web:80 at 127.0.0.1 port 8080"])
        web.traffic.tls?.ports = [8_443]
        #expect(route()?.encrypted == ["web:80 at 127.0.0.1 port 8443"])
        #expect(route()?.traffic.tls != nil)
        web.traffic.tls?.ports = [9_443]
        #expect(route()?.encrypted == [] && route()?.traffic.tls == nil)
        guard case .open(let backends) = route()?.state else {
            Issue.record("it is not open")
            return
        }
        #expect(backends.map(\.serverName) == ["inner"])
    }

    @Test func listensEverywhereOnBothFamilies() {
        var book = AddressBook(identity: "shop")
        let stack = Self.stack(Self.service("web", ports: [PublishedPort(published: 8_080, target: 80)]))
        let plan = ListenerPlan(stack: stack, addresses: &book, hostAddresses: ["10.0.0.5"])
        let published = plan.listeners.filter { $0.published != nil }.map(\.request.address)
        #expect(published == ["0.0.0.0", "::"])
    }

    @Test func namesEveryAddressWhereAWildcardWouldGetInAnInstancesWay() {
        var book = AddressBook(identity: "shop")
        let stack = Self.stack(Self.service("db", ports: [PublishedPort(published: 5_432, target: 5_432)]))
        let plan = ListenerPlan(stack: stack, addresses: &book, hostAddresses: ["10.0.0.5", "fe80::1", "127.0.0.1"])
        let published = plan.listeners.filter { $0.published != nil }.map(\.request.address)
        #expect(published == ["127.0.0.1", "10.0.0.5", "::"])
    }

    @Test func routesEveryPortOfAServiceToItsInstances() {
        var book = AddressBook(identity: "shop")
        let stack = Self.stack(
            Self.service(
                "ollama",
                ports: [
                    PublishedPort(address: "127.0.0.1", published: 10_104, target: 11_434),
                    PublishedPort(address: "127.0.0.1", published: 11_270, target: 11_434),
                ]))
        let plan = ListenerPlan(stack: stack, addresses: &book, hostAddresses: [])
        let routes = plan.configuration(
            stack: stack, Self.surroundings(book, routing: { _ in .open([InstanceID("ollama", 1)]) }, run: { _ in 7 })
        ).routes
        #expect(routes.count == 1)
        #expect(routes.first?.listeners.count == 3)
        let backend = GatewayConfiguration.Backend(
            address: book.address(of: "ollama", number: 1), port: 11_434, run: 7, instance: InstanceID("ollama", 1))
        #expect(routes.first?.state == .open([backend]))
    }
}
