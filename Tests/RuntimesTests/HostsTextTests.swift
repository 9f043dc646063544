import Stack
import Testing

@testable import Runtimes

@Suite struct HostsTextTests {
    static let addresses = [
        "web": "127.1.0.1", "db": "127.1.0.2", "cache": "127.1.0.3", "lone": "127.1.0.4", "guest": "127.1.0.5",
    ]

    static func service(_ name: String, _ naming: ServiceNames) -> Service {
        Service(name: name, launch: LaunchSpecification(command: ["x"]), naming: naming)
    }

    /// `web` sees `db` by the one network and `cache` by the other; `lone` is in none, and `guest` in those of `db`.
    static let services = [
        service("web", ServiceNames(networks: ["front": ["shop"], "back": []], host: "web.example.org")),
        service("db", ServiceNames(networks: ["back": ["sql"], "vault": ["secret"]], container: "pg")),
        service("cache", ServiceNames(networks: ["front": ["Store"]])),
        service("lone", ServiceNames(networks: [:], host: "hermit")),
        service("guest", ServiceNames(networks: [:], networksOf: "db")),
    ]

    static func text(
        of name: String, _ services: [Service] = services, host: String = "127.0.0.1\tlocalhost\n", isTask: Bool = false
    ) throws -> [String] {
        let stack = Stack(name: "shop", directory: "/", services: services)
        var text = HostsText(stack: stack, addresses: addresses, host: host)
        let service = try #require(stack.services[name])
        // Twice, as what was worked out for one is used for the next.
        let first = text.text(for: service, at: "127.1.0.9", isTask: isTask)
        #expect(text.text(for: service, at: "127.1.0.9", isTask: isTask) == first)
        #expect(first.hasSuffix("\n"))
        return first.split(separator: "\n").map(String.init)
    }

    @Test func whoSharesANetworkIsFoundByAllItsNamesThere() throws {
        #expect(
            try Self.text(of: "web") == [
                "127.0.0.1\tlocalhost", "127.1.0.9\tweb web.example.org shop", "127.1.0.3\tcache Store",
                "127.1.0.2\tdb pg sql",
            ])
    }

    @Test func whoIsToldFromOthersFindsAnAddressOfItsOwn() throws {
        let stack = Stack(name: "shop", directory: "/", services: Self.services)
        var text = HostsText(
            stack: stack, addresses: Self.addresses, ownAddresses: ["web": ["db": "127.1.0.99"]], host: "")
        let lines = try ["web", "guest"].map { name in
            let service = try #require(stack.services[name])
            return text.text(for: service, at: "127.1.0.9").split(separator: "\n").map(String.init)
        }
        #expect(lines[0].contains("127.1.0.99\tdb pg sql") && !lines[0].contains { $0.hasPrefix("127.1.0.2\t") })
        #expect(lines[1].contains("127.1.0.2\tdb pg sql secret"))
    }

    @Test func whoDoesNotIsNotFound() throws {
        #expect(
            try Self.text(of: "cache") == ["127.0.0.1\tlocalhost", "127.1.0.9\tcache Store", "127.1.0.1\tweb shop"])
        #expect(try Self.text(of: "lone") == ["127.0.0.1\tlocalhost", "127.1.0.9\tlone hermit"])
    }

    @Test func whoHasJoinedAnotherSeesWhatThatOneSees() throws {
        #expect(
            try Self.text(of: "guest") == [
                "127.0.0.1\tlocalhost", "127.1.0.9\tguest", "127.1.0.2\tdb pg sql secret", "127.1.0.1\tweb",
            ])
    }

    @Test func servicesThatHaveJoinedEachOtherSeeNobody() throws {
        let ring = [
            Self.service("web", ServiceNames(networks: [:], networksOf: "db")),
            Self.service("db", ServiceNames(networks: [:], networksOf: "web")),
        ]
        #expect(try Self.text(of: "web", ring).count == 2)
    }

    @Test func withoutAWordOnNetworksAllFindEachOther() throws {
        let plain = ["web", "db"].map { Service(name: $0, launch: LaunchSpecification(command: ["x"])) }
        #expect(try Self.text(of: "web", plain).dropFirst() == ["127.1.0.9\tweb", "127.1.0.2\tdb"])
    }

    @Test func aLinkIsANameForOneServiceAlone() throws {
        var services = Self.services
        services[0].naming?.links = [
            .init("db", as: "database"), .init("lone", as: "friend"), .init("db", as: "cache"),
        ]
        #expect(
            try Self.text(of: "web", services).dropFirst(2) == [
                "127.1.0.3\tStore", "127.1.0.2\tdb pg sql", "127.1.0.2\tdatabase", "127.1.0.2\tcache",
            ])
        #expect(try !Self.text(of: "guest", services).joined().contains("database"))
    }

    @Test func anExtraHostComesBeforeAServiceOfTheName() throws {
        var services = Self.services
        services[0].naming?.extraHosts = [
            .init("PG", at: "10.0.0.7"), .init("far", at: "2001:db8::1"), .init("far", at: "10.0.0.8"),
        ]
        #expect(
            try Self.text(of: "web", services).dropFirst(2) == [
                "127.1.0.3\tcache Store", "127.1.0.2\tdb sql", "10.0.0.7\tPG", "2001:db8::1\tfar", "10.0.0.8\tfar",
            ])
    }

    @Test func aTaskFindsTheServiceItIsOf() throws {
        #expect(
            try Self.text(of: "web", isTask: true) == [
                "127.0.0.1\tlocalhost", "127.1.0.9\tweb.example.org", "127.1.0.3\tcache Store", "127.1.0.2\tdb pg sql",
                "127.1.0.1\tweb shop",
            ])
    }

    @Test(arguments: [
        ("", []), ("# nothing", ["# nothing"]),
        ("127.0.0.1 localhost vm\n\n::1 localhost", ["127.0.0.1 localhost vm", "::1 localhost"]),
        ("10.0.0.1 db\n", []), ("10.0.0.1 DB other # db\n", ["10.0.0.1\tother"]),
        ("# 10.0.0.1 db\n", ["# 10.0.0.1 db"]),
        ("10.0.0.1 dbx # db\n", ["10.0.0.1 dbx # db"]), ("10.0.0.1 web.example.org\tsql\r\n", []),
    ])
    func theHostsTextIsKeptButForNamesOfTheStack(host: String, kept: [String]) throws {
        #expect(try Self.text(of: "web", host: host).dropLast(3) == kept[...])
    }

    @Test(arguments: ["a b", "a\nb", "x#y", "", "localhost", "LocalHost", "tab\tbed"])
    func whatIsNoNameIsLeftOut(alias: String) throws {
        var services = Self.services
        services[1].naming?.networks["back"] = [alias]
        services[0].naming?.host = alias
        #expect(
            try Self.text(of: "web", services) == [
                "127.0.0.1\tlocalhost", "127.1.0.9\tweb shop", "127.1.0.3\tcache Store", "127.1.0.2\tdb pg",
            ])
    }
}
