import Stack
import Testing

@testable import Compose

@Suite struct NetworkLoweringTests {
    @Test func attachmentsAreOrderedByPriorityThenName() throws {
        let lowered = try Lowered(
            web: """
                networks: {
                  b: , a: {priority: 1}, z: {priority: 10}, c: {
                    aliases: [one, two], ipv4_address: 10.0.0.5, ipv6_address: "fd00::5",
                    link_local_ips: [169.254.1.1], mac_address: "02:42:ac:11:00:02", driver_opts: {o: p},
                    gw_priority: 7, interface_name: eth9}}
                """, top: "networks: {a: , b: , c: , z: {name: zed}}")
        #expect(lowered.container.networks.map(\.network) == ["zed", "demo_a", "demo_b", "demo_c"])
        #expect(lowered.host["NetworkMode"] == "zed")
        #expect(
            lowered.container.networks.last
                == ContainerAttachment(
                    network: "demo_c", aliases: ["one", "two"], ipv4: "10.0.0.5", ipv6: "fd00::5",
                    linkLocal: ["169.254.1.1"], macAddress: "02:42:ac:11:00:02",
                    driverOptions: ["o": "p", "com.docker.network.endpoint.ifname": "eth9"], gatewayPriority: 7))
    }

    @Test func theServicesOwnAddressIsThatInItsFirstNetwork() throws {
        let address = "02:42:ac:11:00:03"
        let lowered = try Lowered(
            web: "mac_address: '\(address)', networks: [b, a]", top: "networks: {a: , b: }")
        #expect(lowered.container.networks.map(\.macAddress) == [address, nil])
        #expect(lowered.body["MacAddress"] == .string(address))
        #expect(
            try engineComplaint(
                "{services: {web: {image: x, mac_address: '1', networks: {a: {mac_address: '2'}}}}, networks: {a: }}"
            ).contains("services.web.networks.a.mac_address: differs from the service's own mac_address, 1"))
    }

    @Test(arguments: ["host", "none", "bridge", "container:theirs", "company"])
    func otherModesArePassedOn(mode: String) throws {
        let lowered = try Lowered(web: "network_mode: '\(mode)', external_links: [theirs, 'db:database']")
        #expect(lowered.host["NetworkMode"] == .string(mode))
        #expect(lowered.host["Links"] == ["theirs:theirs", "db:database"])
        #expect(lowered.container.networks == [])
    }

    @Test func linksToOthersAreThoseOfTheNetwork() throws {
        let lowered = try Lowered(web: "external_links: [theirs, 'db:database']")
        #expect(lowered.container.networks.map(\.links) == [["theirs:theirs", "db:database"]])
        #expect(lowered.host["Links"] == nil)
    }

    @Test func whatIsSharedWithAServiceIsLeftToWhoKnowsItsContainer() throws {
        let lowered = try Lowered(
            web: """
                network_mode: service:other, pid: service:other, ipc: service:other,
                volumes_from: [other, "other:ro", "container:theirs", "container:theirs:ro"]
                """)
        #expect(
            lowered.container.shares
                == ContainerShares(
                    network: "other", processes: "other", memory: "other",
                    mounts: [
                        .init("other"), .init("other", readOnly: true), .init("theirs", isContainer: true),
                        .init("theirs", isContainer: true, readOnly: true),
                    ]))
        #expect(lowered.container.networks == [])
        for key in ["NetworkMode", "PidMode", "IpcMode", "VolumesFrom"] { #expect(lowered.host[key] == nil) }
    }

    // MARK: - The project's networks and volumes

    private func containers(_ text: String, services: [String] = []) throws -> ContainerProject {
        try #require(load(text).stack(services: services, runtime: .containers).containers)
    }

    @Test func theDefaultNetworkIsMadeWhereItIsUsed() throws {
        let network = try #require(containers("services: {web: {image: x}}").networks.first)
        #expect(network.key == "default")
        #expect(network.name == "demo_default")
        #expect(
            try ComposeValue.json(network.configuration) == [
                "CheckDuplicate": true, "Driver": "bridge",
                "Labels": [
                    "com.docker.compose.network": "default", "com.docker.compose.project": "demo",
                    "com.docker.compose.version": "2.0.0-hale",
                ],
            ])
        #expect(try containers("services: {web: {image: x, network_mode: host}}").networks == [])
    }

    @Test func aNetworkWithEverything() throws {
        let network = try #require(
            containers(
                """
                services: {web: {image: x, networks: [n]}}
                networks:
                  n:
                    driver: overlay
                    driver_opts: {com.docker.network.driver.mtu: 1450}
                    internal: true
                    attachable: true
                    enable_ipv4: false
                    enable_ipv6: true
                    labels: {a: b}
                    ipam:
                      driver: mine
                      options: {x: y}
                      config:
                        - {subnet: 10.1.0.0/16, gateway: 10.1.0.1, ip_range: 10.1.2.0/24, aux_addresses: {h: 10.1.0.9}}
                        - {subnet: "fd00::/64"}
                """
            ).networks.first)
        let body = try ComposeValue.json(network.configuration)
        #expect(body["Driver"] == "overlay")
        #expect(body["Options"] == ["com.docker.network.driver.mtu": "1450"])
        #expect(body["Internal"] == true)
        #expect(body["Attachable"] == true)
        #expect(body["EnableIPv4"] == false)
        #expect(body["EnableIPv6"] == true)
        #expect(body["Labels"]?["a"] == "b")
        #expect(
            body["IPAM"] == [
                "Driver": "mine", "Options": ["x": "y"],
                "Config": [
                    [
                        "Subnet": "10.1.0.0/16", "Gateway": "10.1.0.1", "IPRange": "10.1.2.0/24",
                        "AuxiliaryAddresses": ["h": "10.1.0.9"],
                    ], ["Subnet": "fd00::/64"],
                ],
            ])
    }

    @Test func volumes() throws {
        let volumes = try containers(
            """
            services: {web: {image: x, volumes: ["mine:/a", "theirs:/b", "remote:/c"]}}
            volumes:
              mine:
              theirs: {external: true, name: old}
              remote: {driver: local, driver_opts: {type: nfs, o: "addr=10.0.0.1,rw", device: ":/srv"}, labels: {a: b}}
              unused:
            """
        ).volumes
        #expect(volumes.map(\.key) == ["mine", "remote", "theirs"])
        #expect(volumes.map(\.name) == ["demo_mine", "demo_remote", "old"])
        #expect(volumes.map(\.isExternal) == [false, false, true])
        #expect(volumes.last?.configuration == "{}")
        let labels: ComposeMap = [
            "com.docker.compose.volume": "mine", "com.docker.compose.project": "demo",
            "com.docker.compose.version": "2.0.0-hale",
        ]
        #expect(try ComposeValue.json(volumes[0].configuration) == ["Labels": .map(labels)])
        let remote = try ComposeValue.json(volumes[1].configuration)
        #expect(remote["Driver"] == "local")
        #expect(remote["DriverOpts"] == ["type": "nfs", "o": "addr=10.0.0.1,rw", "device": ":/srv"])
        #expect(remote["Labels"]?["a"] == "b")
    }

    @Test func onlyWhatTheChosenServicesUseIsMade() throws {
        let text = """
            services:
              web: {image: x, networks: [front], depends_on: [db]}
              db: {image: x, networks: [back], volumes: ["data:/d"]}
              admin: {image: x, profiles: [tools], networks: [side], volumes: ["notes:/n"]}
            networks: {front: , back: , side: }
            volumes: {data: , notes: }
            """
        #expect(try containers(text).networks.map(\.key) == ["back", "front"])
        #expect(try containers(text).volumes.map(\.key) == ["data"])
        #expect(try containers(text, services: ["db"]).networks.map(\.key) == ["back"])
        #expect(try containers(text, services: ["web"]).networks.map(\.key) == ["back", "front"])
    }
}
