import Engines
import Stack
import Testing

@testable import Runtimes

@Suite struct ContainerRequestTests {
    private func request(
        _ service: Service, _ number: Int = 1, beside others: [Service] = [], companions: [String: String] = [:],
        memory: Int64? = nil
    ) throws -> ContainerRequest {
        ContainerRequest(
            instance: InstanceID(service.name, number), service: service,
            stack: ContainerSamples.stack([service] + others),
            specification: try #require(service.launch.container), companions: companions, hosts: [], memory: memory)
    }

    @Test func aContainerIsNamedAfterItsInstanceUnlessTheFileSaysHow() throws {
        #expect(try request(ContainerSamples.service("web"), 3).name == "shop-web-3")
        #expect(try request(ContainerSamples.service("web") { $0.name = "front" }).name == "front")
    }

    @Test func whatTheFileSaysIsPassedOn() throws {
        let configuration =
            #"{"Cmd":["serve"],"HostConfig":{"CapAdd":["NET_ADMIN"]},"Image":"nginx","Labels":{"a":"b"}}"#
        let body = try request(ContainerSamples.service("web", configuration: configuration)).body()
        #expect(body["Image"] == .text("nginx") && body["Cmd"]?.texts == ["serve"])
        #expect(body[path: "HostConfig/CapAdd"]?.texts == ["NET_ADMIN"])
        #expect(body["Labels"]?["a"] == .text("b"))
        #expect(body[path: "HostConfig/VolumesFrom"] == nil && body[path: "HostConfig/Memory"] == nil)
    }

    @Test func labelsSayWhatComposeWants() throws {
        let needs = [
            Dependency("db", condition: .healthy), Dependency("cache", restart: true),
            Dependency("migration", condition: .completedSuccessfully),
        ]
        let service = ContainerSamples.service(
            "web", configuration: #"{"Image":"nginx","Labels":{"com.docker.compose.project":"other","mine":"x"}}"#,
            needs: needs
        ) {
            $0.hash = "c0ffee"
            $0.imageID = "sha256:1"
            $0.restart = EngineRestartPolicy(name: "on-failure", retries: 3)
        }
        let labels = try request(service, 2).body()["Labels"]?.members.mapValues(\.text)
        #expect(
            labels == [
                "com.docker.compose.project": "shop", "com.docker.compose.service": "web",
                "com.docker.compose.container-number": "2", "com.docker.compose.oneoff": "False",
                "com.docker.compose.config-hash": "c0ffee", "com.docker.compose.project.working_dir": "/srv/shop",
                "com.docker.compose.project.config_files": "/srv/shop/compose.yaml",
                "com.docker.compose.depends_on":
                    "cache:service_started:true,db:service_healthy:false,"
                    + "migration:service_completed_successfully:false",
                "com.docker.compose.version": ComposeLabels.composeVersion, "com.docker.compose.image": "sha256:1",
                "hale.specification": service.launch.container?.mark, "mine": "x",
            ])
    }

    @Test func withoutDependenciesTheLabelIsEmpty() throws {
        let labels = try request(ContainerSamples.service("web")).body()["Labels"]
        #expect(labels?["com.docker.compose.depends_on"] == .text(""))
        #expect(labels?["com.docker.compose.image"] == nil)
    }

    @Test func namespacesAreThoseOfCompanions() throws {
        let service = ContainerSamples.service("web", networks: []) {
            $0.shares = ContainerShares(network: "vpn", processes: "app", memory: "vpn")
        }
        let host = try request(service, companions: ["vpn": "111", "app": "222"]).body()["HostConfig"]
        #expect(host?["NetworkMode"] == .text("container:111"))
        #expect(host?["PidMode"] == .text("container:222"))
        #expect(host?["IpcMode"] == .text("container:111"))
        #expect(try request(service, companions: ["vpn": "1", "app": "2"]).body()["NetworkingConfig"] == nil)
    }

    @Test(arguments: [
        ContainerShares(network: "vpn"), ContainerShares(processes: "vpn"), ContainerShares(memory: "vpn"),
        ContainerShares(mounts: [.init("vpn")]),
    ])
    func aCompanionThatIsMissingIsSaid(shares: ContainerShares) throws {
        let service = ContainerSamples.service("web") { $0.shares = shares }
        let request = try request(service, companions: ["other": "1"])
        #expect {
            _ = try request.body()
        } throws: {
            "\($0)" == "it shares something with vpn, which has no container yet"
        }
    }

    @Test func mountsAreThoseOfCompanionsAndStrangers() throws {
        let service = ContainerSamples.service("web") {
            $0.shares = ContainerShares(mounts: [
                .init("data"), .init("data", readOnly: true), .init("backup", isContainer: true, readOnly: true),
            ])
        }
        let host = try request(service, companions: ["data": "111"]).body()["HostConfig"]
        #expect(host?["VolumesFrom"]?.texts == ["111:rw", "111:ro", "backup:ro"])
    }

    @Test func aRaisedLimitTakesThePlaceOfTheFiles() throws {
        let service = ContainerSamples.service(
            "web", configuration: #"{"HostConfig":{"Memory":1000,"MemorySwap":2000}}"#)
        #expect(try request(service).body()[path: "HostConfig/Memory"] == .integer(1_000))
        let host = try request(service, memory: 4_000).body()["HostConfig"]
        #expect(host?["Memory"] == .integer(4_000) && host?["MemorySwap"] == .integer(4_000))
    }

    @Test func theFirstNetworkIsThatOfTheCreation() throws {
        let service = ContainerSamples.service(
            "web",
            networks: [
                ContainerAttachment(network: "shop_front", aliases: ["www"]), ContainerAttachment(network: "shop_back"),
            ])
        let endpoints = try request(service).body()[path: "NetworkingConfig/EndpointsConfig"]?.members
        #expect(endpoints?.keys.sorted() == ["shop_front"])
        #expect(endpoints?["shop_front"]?["Aliases"]?.texts == ["web", "direct.web", "www"])
    }

    @Test func aPlaceInANetworkIsAsTheFileHasIt() throws {
        let attachment = ContainerAttachment(
            network: "shop_back", aliases: ["sql"], ipv4: "10.1.0.5", ipv6: "fd00::5", linkLocal: ["169.254.1.1"],
            macAddress: "02:42:ac:11:00:05", driverOptions: ["k": "v"], gatewayPriority: 7, links: ["old_pg:pg"])
        let db = ContainerSamples.service(
            "db", networks: [attachment],
            naming: ServiceNames(links: [.init("cache", as: "c"), .init("named", as: "n"), .init("gone", as: "g")]))
        let named = ContainerSamples.service("named") { $0.name = "its-name" }
        let endpoint = try request(db, beside: [ContainerSamples.service("cache"), named]).endpoint(attachment)
        #expect(
            endpoint
                == JSONValue(
                    json: """
                        {"Aliases":["db","direct.db","sql"],
                         "IPAMConfig":{"IPv4Address":"10.1.0.5","IPv6Address":"fd00::5","LinkLocalIPs":["169.254.1.1"]},
                         "MacAddress":"02:42:ac:11:00:05","DriverOpts":{"k":"v"},"GwPriority":7,
                         "Links":["old_pg:pg","shop-cache-1:c","its-name:n","shop-gone-1:g"]}
                        """))
    }

    @Test func whatIsNotSaidOfANetworkIsTheEnginesChoice() throws {
        let endpoint = try request(ContainerSamples.service("db")).endpoint(
            ContainerAttachment(network: "shop_default"))
        #expect(endpoint == .object(["Aliases": .list([.text("db"), .text("direct.db")])]))
    }

    @Test(arguments: ["", "{", "[]", "null", "7"])
    func aConfigurationThatCannotBeReadIsSaid(configuration: String) throws {
        let request = try request(ContainerSamples.service("web", configuration: configuration))
        #expect {
            _ = try request.body()
        } throws: {
            "\($0)".hasPrefix("the configuration that was kept of web cannot be read")
        }
    }
}

@Suite struct ContainerMarkTests {
    private let specification = ContainerSpecification(
        image: "nginx", configuration: #"{"Image":"nginx"}"#,
        networks: [ContainerAttachment(network: "a", driverOptions: ["x": "1", "y": "2", "z": "3"])], hash: "1")

    @Test func itIsTheSameForTheSame() {
        #expect(specification.mark == specification.mark && !specification.mark.isEmpty)
    }

    @Test func whatNeedsNoOtherContainerDoesNotChangeIt() {
        var other = specification
        other.pullPolicy = .always
        other.restart = EngineRestartPolicy(name: "always")
        other.isBehindGateway = false
        other.hash = "2"
        #expect(other.mark == specification.mark)
    }

    @Test func whatDoesChangesIt() {
        let changes: [(inout ContainerSpecification) -> Void] = [
            { $0.image = "other" }, { $0.imageID = "sha256:1" }, { $0.configuration = "{}" }, { $0.name = "n" },
            { $0.platform = "linux/arm64" }, { $0.networks[0].aliases = ["x"] },
            { $0.networks[0].ipv4 = "10.0.0.1" }, { $0.networks[0].driverOptions["x"] = "2" },
            { $0.networks.append(ContainerAttachment(network: "b")) }, { $0.shares.network = "vpn" },
            { $0.files = [ContainerFile(path: "/a", content: "b")] },
        ]
        var marks: Set = [specification.mark]
        for change in changes {
            var other = specification
            change(&other)
            marks.insert(other.mark)
        }
        #expect(marks.count == changes.count + 1)
    }
}
