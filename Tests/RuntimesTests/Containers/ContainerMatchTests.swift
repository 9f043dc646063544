import Engines
import Stack
import Testing

@testable import Runtimes

@Suite struct ContainerMatchTests {
    /// What the engine says of the container that `docker-compose` or `docker compose` has made of `specification`.
    static func found(_ compose: Compose, change: (inout JSONValue) -> Void = { _ in }) throws -> JSONValue {
        var container = try #require(JSONValue(json: inspected))
        for (key, value) in compose.labels { container[path: "Config/Labels"]?[key] = .text(value) }
        let alias = JSONValue.text("3f4e1a2b5c6d")
        switch compose {
        case .one:
            container[path: "NetworkSettings/Networks/shop_default/Aliases"] = .list([
                alias, .text("web"), .text("www"),
            ])
            container[path: "HostConfig/Binds"] = .list(
                ["shop_data:/data:rw", "/srv/shop/site:/site:ro"].map { .text($0) })
            container["HostConfig"]?["Mounts"] = nil
        case .two:
            container[path: "NetworkSettings/Networks/shop_default/Aliases"] = .list(
                ["shop-web-1", "web", "www", "3f4e1a2b5c6d"].map { .text($0) })
        }
        change(&container)
        return container
    }

    enum Compose: CaseIterable {
        case one, two

        var labels: [String: String] {
            switch self {
            case .one:
                [
                    "com.docker.compose.version": "1.29.2", "com.docker.compose.oneoff": "False",
                    "com.docker.compose.config-hash": "aa",
                ]
            case .two:
                [
                    "com.docker.compose.version": "2.29.7", "com.docker.compose.oneoff": "False",
                    "com.docker.compose.config-hash": "bb", "com.docker.compose.depends_on": "",
                    "com.docker.compose.image": "sha256:1111",
                ]
            }
        }
    }

    static let wanted = """
        {"Cmd":["nginx","-g","daemon off;"],"Env":["MODE=live","TZ=UTC"],"Healthcheck":{"Interval":5000000000,
         "Test":["CMD","curl","-f","http://localhost"]},"Hostname":"web","HostConfig":{"AutoRemove":false,
         "Binds":["/srv/shop/site:/site:ro"],"CapAdd":["NET_ADMIN"],"Memory":536870912,"NanoCpus":500000000,
         "Mounts":[{"Source":"shop_data","Target":"/data","Type":"volume","VolumeOptions":{}}],
         "NetworkMode":"shop_default","PortBindings":{},"RestartPolicy":{"Name":"no"},"ReadonlyRootfs":true,
         "ExtraHosts":["far:10.9.9.9"],"Ulimits":[{"Hard":4096,"Name":"nofile","Soft":1024},{"Hard":64,"Name":"nproc","Soft":64}]},
         "Image":"nginx:1.27","Labels":{"team":"shop"},"StopSignal":"SIGQUIT","User":"101"}
        """

    static let specification = ContainerSpecification(
        image: "nginx:1.27", imageID: "sha256:1111", configuration: wanted,
        networks: [ContainerAttachment(network: "shop_default", aliases: ["www"], ipv4: "172.18.0.9")])

    static let imageVariables = ["PATH=/usr/local/sbin:/usr/bin", "NGINX_VERSION=1.27.0"]

    static let inspected = """
        {"Id":"3f4e1a2b5c6d","Created":"2025-01-01T00:00:00Z","Path":"/docker-entrypoint.sh","Args":["nginx"],
         "State":{"Status":"running","Running":true,"Pid":4711,"ExitCode":0,"StartedAt":"2025-01-01T00:00:01Z"},
         "Image":"sha256:1111","Name":"/shop-web-1","RestartCount":0,"Driver":"overlay2","Platform":"linux",
         "HostConfig":{"Binds":["/srv/shop/site:/site:ro"],"ContainerIDFile":"","LogConfig":{"Type":"json-file","Config":{}},
          "NetworkMode":"shop_default","PortBindings":{"80/tcp":[{"HostIp":"","HostPort":"8080"}]},
          "RestartPolicy":{"Name":"unless-stopped","MaximumRetryCount":0},"AutoRemove":false,"VolumesFrom":null,
          "CapAdd":["NET_ADMIN"],"CapDrop":null,"CgroupnsMode":"private","Dns":[],"DnsOptions":[],"DnsSearch":[],
          "ExtraHosts":["far:10.9.9.9"],"GroupAdd":null,"IpcMode":"private","Cgroup":"","OomScoreAdj":0,"PidMode":"",
          "Privileged":false,"ReadonlyRootfs":true,"ShmSize":67108864,"Runtime":"runc","Memory":536870912,
          "MemorySwap":1073741824,"NanoCpus":500000000,"CpuShares":0,
          "Ulimits":[{"Name":"nproc","Hard":64,"Soft":64},{"Name":"nofile","Hard":4096,"Soft":1024}],
          "Mounts":[{"Type":"volume","Source":"shop_data","Target":"/data","VolumeOptions":{}}],
          "MaskedPaths":["/proc/acpi"],"ReadonlyPaths":["/proc/bus"]},
         "Mounts":[{"Type":"volume","Name":"shop_data","Source":"/var/lib/docker/volumes/shop_data/_data",
           "Destination":"/data","Driver":"local","Mode":"z","RW":true,"Propagation":""},
          {"Type":"bind","Source":"/srv/shop/site","Destination":"/site","Mode":"ro","RW":false,"Propagation":"rprivate"},
          {"Type":"volume","Name":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
           "Source":"/var/lib/docker/volumes/0123/_data","Destination":"/var/cache","Driver":"local","RW":true}],
         "Config":{"Hostname":"web","Domainname":"","User":"101","AttachStdin":false,"Tty":false,
          "ExposedPorts":{"80/tcp":{}},"OpenStdin":false,"StdinOnce":false,
          "Env":["TZ=UTC","MODE=live","PATH=/usr/local/sbin:/usr/bin","NGINX_VERSION=1.27.0"],
          "Cmd":["nginx","-g","daemon off;"],"Healthcheck":{"Test":["CMD","curl","-f","http://localhost"],
           "Interval":5000000000,"Retries":3},"Image":"nginx:1.27","Volumes":{"/var/cache":{}},"WorkingDir":"",
          "Entrypoint":["/docker-entrypoint.sh"],"StopSignal":"SIGQUIT",
          "Labels":{"com.docker.compose.project":"shop","com.docker.compose.service":"web",
           "com.docker.compose.container-number":"1","team":"shop","maintainer":"nginx"}},
         "NetworkSettings":{"Networks":{"shop_default":{"IPAMConfig":{"IPv4Address":"172.18.0.9"},"Links":null,
           "Aliases":["web","www"],"NetworkID":"77","EndpointID":"88","Gateway":"172.18.0.1",
           "IPAddress":"172.18.0.9","IPPrefixLen":16,"MacAddress":"02:42:ac:12:00:09"}}}}
        """

    private func difference(
        _ container: JSONValue, _ specification: ContainerSpecification = specification,
        image: [String]? = imageVariables
    ) -> String? {
        ContainerMatch(specification: specification, container: container, imageVariables: image).difference
    }

    @Test(arguments: Compose.allCases)
    func oneThatIsAsTheFileHasItIsTaken(compose: Compose) throws {
        #expect(try difference(Self.found(compose)) == nil)
        #expect(try difference(Self.found(compose), image: nil) == nil)
    }

    @Test(arguments: Compose.allCases)
    func whatTheEngineFillsInIsNoDifference(compose: Compose) throws {
        let container = try Self.found(compose) {
            $0[path: "HostConfig/CgroupnsMode"] = .text("host")
            $0[path: "HostConfig/OomKillDisable"] = .boolean(true)
            $0[path: "HostConfig/Isolation"] = .text("default")
            $0[path: "Config/WorkingDir"] = .text("/")
            $0[path: "Config/Healthcheck/Timeout"] = .integer(30_000_000_000)
            $0[path: "Config/Labels/org.opencontainers.image.title"] = .text("nginx")
            $0[path: "NetworkSettings/Networks/shop_default/DNSNames"] = .list([.text("web")])
        }
        #expect(difference(container) == nil)
    }

    private static func replacing(_ place: String, _ json: String) -> Change {
        Change("\(place) \(json)") { $0[path: place] = JSONValue(json: json) }
    }

    struct Change: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let apply: @Sendable (inout JSONValue) -> Void

        init(_ name: String, _ apply: @escaping @Sendable (inout JSONValue) -> Void) {
            testDescription = name
            self.apply = apply
        }
    }

    static let differences: [(String, Change)] = [
        ("Cmd", replacing("Config/Cmd", #"["nginx"]"#)),
        ("Cmd", replacing("Config/Cmd", "null")),
        ("Cmd", replacing("Config/Cmd", #"["nginx","daemon off;","-g"]"#)),
        ("Healthcheck", replacing("Config/Healthcheck/Interval", "6000000000")),
        ("Healthcheck", replacing("Config/Healthcheck/Test", #"["NONE"]"#)),
        ("Hostname", replacing("Config/Hostname", #""3f4e1a2b5c6d""#)),
        ("StopSignal", replacing("Config/StopSignal", #""SIGTERM""#)),
        ("User", replacing("Config/User", #""""#)),
        ("environment", replacing("Config/Env", #"["MODE=live","PATH=/usr/local/sbin:/usr/bin"]"#)),
        ("environment", replacing("Config/Env", #"["MODE=test","TZ=UTC"]"#)),
        ("environment", replacing("Config/Env", #"["MODE=live","TZ=UTC","DEBUG=1"]"#)),
        ("environment", replacing("Config/Env", #"["MODE=live","TZ=UTC","NGINX_VERSION=1.0"]"#)),
        ("labels", replacing("Config/Labels/team", #""other""#)),
        ("labels", replacing("Config/Labels/team", "null")),
        ("CapAdd", replacing("HostConfig/CapAdd", "null")),
        ("CapAdd", replacing("HostConfig/CapAdd", #"["SYS_ADMIN"]"#)),
        ("CapAdd", replacing("HostConfig/CapAdd", #"["NET_ADMIN","SYS_ADMIN"]"#)),
        ("ExtraHosts", replacing("HostConfig/ExtraHosts", #"["far:10.9.9.8"]"#)),
        ("Memory", replacing("HostConfig/Memory", "268435456")),
        ("NanoCpus", replacing("HostConfig/NanoCpus", "0")),
        ("ReadonlyRootfs", replacing("HostConfig/ReadonlyRootfs", "false")),
        ("Ulimits", replacing("HostConfig/Ulimits", #"[{"Name":"nofile","Hard":4096,"Soft":1024}]"#)),
        (
            "Ulimits",
            replacing(
                "HostConfig/Ulimits",
                #"[{"Name":"nofile","Hard":9999,"Soft":1024},{"Name":"nproc","Hard":64,"Soft":64}]"#)
        ),
        ("volumes", replacing("Mounts", "[]")),
        ("volumes", Change("another volume") { $0["Mounts"] = mounts($0) { $0["Name"] = .text("other_data") } }),
        ("volumes", Change("another place") { $0["Mounts"] = mounts($0) { $0["Destination"] = .text("/var/data") } }),
        ("volumes", Change("read only") { $0["Mounts"] = mounts($0) { $0["RW"] = .boolean(false) } }),
        (
            "volumes",
            Change("one more") {
                let more = JSONValue(json: #"{"Type":"bind","Source":"/etc","Destination":"/host","RW":true}"#)
                $0["Mounts"] = .list(($0["Mounts"]?.items ?? []) + [more].compactMap { $0 })
            }
        ),
        ("networks", replacing("NetworkSettings/Networks", "{}")),
        ("networks", replacing("NetworkSettings/Networks/other", "{}")),
        ("networks", replacing("NetworkSettings/Networks/shop_default/Aliases", #"["web"]"#)),
        ("networks", replacing("NetworkSettings/Networks/shop_default/Aliases", "null")),
        ("networks", replacing("NetworkSettings/Networks/shop_default/IPAMConfig", "null")),
        ("networks", replacing("NetworkSettings/Networks/shop_default/IPAMConfig/IPv4Address", #""172.18.0.8""#)),
    ]

    private static func mounts(_ container: JSONValue, change: (inout JSONValue) -> Void) -> JSONValue {
        var items = container["Mounts"]?.items ?? []
        if !items.isEmpty { change(&items[0]) }
        return .list(items)
    }

    @Test(arguments: Compose.allCases, differences)
    func eachDifferenceIsFound(compose: Compose, difference: (part: String, change: Change)) throws {
        let container = try Self.found(compose, change: difference.change.apply)
        #expect(self.difference(container) == "\(difference.part) has changed")
    }

    @Test func anImageIsComparedByWhatItIsOrElseByItsName() throws {
        let container = try Self.found(.two) { $0["Image"] = .text("sha256:2222") }
        #expect(difference(container) == "its image has changed")
        var unknown = Self.specification
        unknown.imageID = nil
        #expect(difference(container, unknown) == nil)
        let renamed = try Self.found(.two) { $0[path: "Config/Image"] = .text("nginx:1.26") }
        #expect(difference(renamed, unknown) == "image has changed")
        #expect(difference(renamed) == nil)
    }

    @Test func variablesOfAnImageThatIsGoneMayBeAny() throws {
        let container = try Self.found(.two) {
            $0[path: "Config/Env"] = JSONValue(json: #"["MODE=live","TZ=UTC","OLD=1"]"#)
        }
        #expect(difference(container, image: nil) == nil)
        #expect(difference(container) == "environment has changed")
    }

    @Test func capabilitiesAreTheSameByBothTheirNames() throws {
        let container = try Self.found(.two) {
            $0[path: "HostConfig/CapAdd"] = .list([.text("CAP_NET_ADMIN")])
        }
        #expect(difference(container) == nil)
    }

    @Test func whatHaleMadeIsToldByItsMark() throws {
        var container = try Self.found(.two) {
            $0[path: "Config/Labels/hale.specification"] = .text(Self.specification.mark)
            $0[path: "Config/Cmd"] = .null
            $0[path: "NetworkSettings/Networks"] = .object([:])
        }
        #expect(difference(container) == nil)
        container[path: "Config/Labels/hale.specification"] = .text("other")
        #expect(difference(container) == "its configuration has changed")
        container["Image"] = .text("sha256:2222")
        #expect(difference(container) == "its image has changed")
    }

    @Test func aConfigurationThatCannotBeReadIsSaid() throws {
        var broken = Self.specification
        broken.configuration = "{"
        #expect(try difference(Self.found(.one), broken) == "its configuration cannot be read")
    }

    @Test func withoutAWordOnNetworksTheyMayBeAny() throws {
        var host = Self.specification
        host.networks = []
        #expect(try difference(Self.found(.one) { $0[path: "NetworkSettings/Networks"] = .object([:]) }, host) == nil)
    }
}
