import Stack
import Testing

@testable import Compose

@Suite struct NamesTests {
    private func names(_ service: String, networks: String = "") throws -> ServiceNames {
        let text = """
            services:
              db: {image: x, container_name: pg}
              web: {image: x, \(service)}
            networks: {front: {}, shared: {external: true}, other: {name: elsewhere}\(networks)}
            """
        return try #require(try load(text).stack().services["web"]?.naming)
    }

    @Test func withoutAWordItIsInTheDefaultNetwork() throws {
        #expect(try names("restart: always") == ServiceNames(networks: ["demo_default": []]))
    }

    @Test func aNetworkGoesByItsNameOnTheMachine() throws {
        #expect(
            try names("networks: {front: {aliases: [shop, store]}, shared: {}, other: {}}").networks == [
                "demo_front": ["shop", "store"], "shared": [], "elsewhere": [],
            ])
    }

    @Test func twoKeysMayMeanOneNetwork() throws {
        #expect(
            try names(
                "networks: {other: {aliases: [a]}, again: {aliases: [b]}}", networks: ", again: {name: elsewhere}"
            ).networks.mapValues { $0.sorted() } == ["elsewhere": ["a", "b"]])
    }

    @Test(arguments: [
        ("none", ServiceNames.Mode.alone), ("host", .host), ("bridge", .bridge), ("default", .bridge),
        ("container:other", .host),
    ])
    func modesWithoutNames(mode: String, expected: ServiceNames.Mode) throws {
        #expect(try names("network_mode: '\(mode)'") == ServiceNames(networks: [:], mode: expected))
    }

    @Test func internalNetworksGoByTheirNamesOnTheMachine() throws {
        let text = """
            services: {web: {image: x}}
            networks: {a: {internal: true}, b: {internal: true, name: vault}, c: {internal: false}, d: {}}
            """
        #expect(try load(text).stack().internalNetworks == ["demo_a", "vault"])
    }

    @Test func aStackMayShareTheHostsNetwork() throws {
        func isolates(_ network: String) throws -> Bool {
            try load("x-hale: {network: \(network)}\nservices: {web: {image: x}}").stack().isolatesNetworks
        }
        #expect(try load("services: {web: {image: x}}").stack().isolatesNetworks)
        #expect(try isolates("isolated"))
        #expect(try !isolates("host"))
        let error = #expect(throws: ComposeError.self) { try isolates("hosts") }
        #expect(try #require(error).description.contains("x-hale.network: expected isolated or host, not 'hosts'"))
    }

    @Test func aServiceMayUseTheNetworksOfAnother() throws {
        #expect(try names("network_mode: 'service:db'") == ServiceNames(networks: [:], networksOf: "db"))
        #expect(try names("network_mode: lan") == ServiceNames(networks: ["lan": []]))
    }

    @Test func namesOfItsOwn() throws {
        let names = try names("container_name: shopfront, hostname: www, domainname: example.org")
        #expect(names.container == "shopfront")
        #expect(names.host == "www.example.org")
        #expect(try self.names("hostname: www").host == "www")
    }

    @Test func linksAndExtraHosts() throws {
        let names = try names(
            "links: ['db:database', db], extra_hosts: ['far:10.0.0.1', 'me=host-gateway', 'six=[2001:db8::1]']")
        #expect(names.links == [.init("db", as: "database"), .init("db", as: "db")])
        #expect(
            names.extraHosts == [
                .init("far", at: "10.0.0.1"), .init("me", at: "host-gateway"), .init("six", at: "2001:db8::1"),
            ])
    }

    @Test(arguments: ["nowhere", "10.0.0", "", "host-gate"])
    func anExtraHostHasANumericAddress(address: String) throws {
        let text = "services:\n  web:\n    image: x\n    extra_hosts:\n      - far=\(address)\n"
        let error = #expect(throws: ComposeError.self) { try load(text).stack() }
        let said = try #require(error).description
        #expect(said.contains("compose.yaml:4:") || said.contains("compose.yaml:5:"), "\(said)")
        #expect(said.contains("expected a numeric address or host-gateway for far, not '\(address)'"))
    }
}
