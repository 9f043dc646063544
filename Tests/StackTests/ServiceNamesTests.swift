import Foundation
import Stack
import Testing

@Suite struct ServiceNamesTests {
    private let service = Service(
        name: "db", launch: LaunchSpecification(command: []),
        naming: ServiceNames(
            networks: ["a": ["sql", "DB"], "b": ["sql", "store"]], container: "pg", host: "pg.example.org"))

    @Test func aServiceIsFoundByTheNamesOfTheNetworksThatAreShared() {
        #expect(service.names(in: ["a", "c"]) == ["db", "pg", "sql"])
        #expect(service.names(in: ["b", "a"]) == ["db", "pg", "sql", "store"])
        #expect(service.names(in: ["c"]).isEmpty)
        #expect(service.names(in: []).isEmpty)
    }

    @Test func itKnowsItselfByAllOfThem() {
        #expect(service.ownNames == ["db", "pg.example.org", "pg", "sql", "store"])
    }

    @Test func networksAreThoseOfWhomItHasJoined() {
        func guest(_ name: String, of other: String) -> Service {
            Service(
                name: name, launch: LaunchSpecification(command: []),
                naming: ServiceNames(networks: [:], networksOf: other))
        }
        let services = [service, guest("one", of: "db"), guest("two", of: "one"), guest("lost", of: "nobody")]
        let stack = Stack(name: "shop", directory: "/", services: services)
        #expect(services.map { stack.networks(of: $0) } == [["a", "b"], ["a", "b"], ["a", "b"], []])
    }

    @Test func oneOfAnEarlierVersionHasNone() throws {
        var old = service
        old.naming = nil
        let text = String(decoding: try JSONEncoder().encode(old), as: UTF8.self)
        #expect(!text.contains("naming"))
        let read = try JSONDecoder().decode(Service.self, from: Data(text.utf8))
        #expect(read == old && read.names == ServiceNames())
    }

    @Test func otherNamesNeedNoOtherProcess() {
        var changed = service
        changed.naming = ServiceNames(
            networks: ["a": []], host: "other", links: [.init("x", as: "y")], extraHosts: [.init("z", at: "10.0.0.1")])
        let plan = ChangePlan(
            from: Stack(name: "shop", directory: "/", services: [service]),
            to: Stack(name: "shop", directory: "/", services: [changed]), places: ["db": .init(live: 1)])
        #expect(
            plan.changes == [
                PlannedChange(
                    "db", .reconfigure, "changed: networks, container_name, hostname, links, extra_hosts")
            ])
    }
}
