import Compose
import Testing

/// Short forms and what they stand for.
struct FormTests {
    @Test(
        arguments: [
            ("80", [nil, 80, "tcp", nil]), ("8080:80", ["8080", 80, "tcp", nil]),
            ("8080:80/udp", ["8080", 80, "udp", nil]),
            ("127.0.0.1:8080:80", ["8080", 80, "tcp", "127.0.0.1"]), ("[::1]:8080:80", ["8080", 80, "tcp", "::1"]),
            ("127.0.0.1::80", [nil, 80, "tcp", "127.0.0.1"]), ("8000-8010:80", ["8000-8010", 80, "tcp", nil]),
        ] as [(String, [ComposeValue?])])
    func ports(text: String, fields: [ComposeValue?]) throws {
        let project = try load("services: {web: {image: x, ports: ['\(text)']}}")
        guard case .list(let ports) = project.web("ports"), let port = ports.first else {
            Issue.record("no ports")
            return
        }
        #expect(ports.count == 1)
        #expect([port["published"], port["target"], port["protocol"], port["host_ip"]] == fields)
    }

    @Test func portRanges() throws {
        let project = try load("services: {web: {image: x, ports: ['3000-3001:4000-4001', 9090]}}")
        guard case .list(let ports) = project.web("ports") else {
            Issue.record("no ports")
            return
        }
        #expect(ports.map { $0["published"] } == ["3000", "3001", nil])
        #expect(ports.map { $0["target"] } == [4000, 4001, 9090])
    }

    @Test(arguments: ["", "a", "99999", "80:99999", "1-3:1-2", "5-1", "x:80", "1.2.3:80:80", "80/icmp", "::80:"])
    func badPorts(text: String) throws {
        #expect(try complaint("services: {web: {image: x, ports: ['\(text)']}}") != nil)
    }

    @Test(
        arguments: [
            ("/data", ["type": "volume", "target": "/data", "volume": [:]]),
            ("named:/data", ["type": "volume", "source": "named", "target": "/data", "volume": [:]]),
            ("named:/data/", ["type": "volume", "source": "named", "target": "/data", "volume": [:]]),
            (
                "/host:/data:ro,z",
                ["type": "bind", "source": "/host", "target": "/data", "read_only": true, "bind": ["selinux": "z"]]
            ),
            (
                "named:/data:nocopy",
                ["type": "volume", "source": "named", "target": "/data", "volume": ["nocopy": true]]
            ),
            ("~/x:/data", ["type": "bind", "source": "/home/me/x", "target": "/data", "bind": [:]]),
            ("C:\\x:/data", ["type": "bind", "source": "C:\\x", "target": "/data", "bind": [:]]),
        ] as [(String, ComposeValue)])
    func volumes(text: String, form: ComposeValue) throws {
        let project = try load(
            "services: {web: {image: x, volumes: ['\(text)']}}\nvolumes: {named: }", environment: ["HOME": "/home/me"])
        #expect(project.web("volumes") == [form])
    }

    @Test(
        arguments: [
            ("echo hi", ["echo", "hi"]), ("sh -c \"a 'b' c\"", ["sh", "-c", "a 'b' c"]), ("a\\ b c", ["a b", "c"]),
            ("'' x", ["", "x"]), ("a && b", ["a"]), ("", []), ("$(date) x", ["$(date)", "x"]),
        ] as [(String, ComposeValue)])
    func commands(text: String, words: ComposeValue) throws {
        let project = try load(
            "services:\n  web:\n    image: x\n    command: |-\n      \(text.replacing("$", with: "$$"))\n")
        #expect(project.web("command") == words)
    }

    @Test func healthchecks() throws {
        let project = try load(
            """
            services:
              web:
                image: x
                healthcheck: {test: curl x, interval: 1m30s, timeout: 1.5s, retries: 3, start_period: 100ms}
              off: {image: x, healthcheck: {disable: true}}
            """)
        #expect(
            project.web("healthcheck") == [
                "test": ["CMD-SHELL", "curl x"], "interval": "1m30s", "timeout": "1.5s", "retries": 3,
                "start_period": "100ms",
            ])
        #expect(project.model["services"]?["off"]?["healthcheck"] == ["disable": true])
    }

    @Test func amountsAndModes() throws {
        let project = try load(
            """
            services:
              web:
                image: x
                mem_limit: 1.5g
                shm_size: 64m
                memswap_limit: -1
                cpus: 0.1
                stop_grace_period: 1h
                ulimits: {nofile: 10, nproc: {soft: 1, hard: 2}}
                secrets: [{source: s, mode: 0440}]
                extra_hosts: ["b:1.1.1.1", "a=[::1]"]
            secrets: {s: {environment: TOKEN}}
            """, environment: ["TOKEN": "hush"])
        #expect(project.web("mem_limit") == "1610612736")
        #expect(project.web("shm_size") == "67108864")
        #expect(project.web("memswap_limit") == "-1")
        #expect(project.web("cpus") == .double(0.1))
        #expect(project.web("stop_grace_period") == "1h0m0s")
        #expect(project.web("ulimits") == ["nofile": 10, "nproc": ["soft": 1, "hard": 2]])
        #expect(project.web("secrets") == [["source": "s", "target": "/run/secrets/s", "mode": "0440"]])
        #expect(project.web("extra_hosts") == ["a=::1", "b=1.1.1.1"])
        #expect(!project.rendered(as: .json).contains("hush"))
        #expect(!project.rendered(as: .yaml).contains("hush"))
    }

    @Test func whatIsMeantIsSaid() throws {
        let project = try load(
            """
            services:
              web: {image: x, links: ["a:alias"], volumes_from: ["b:ro"], pid: "service:c", network_mode: "service:a"}
              a: {image: x}
              b: {image: x, networks: {front: }}
              c: {image: x, build: .}
            networks: {front: , given: {external: true}}
            volumes: {data: {name: mine}}
            """)
        let started: ComposeValue = ["condition": "service_started", "restart": true, "required": true]
        #expect(
            project.web("depends_on") == [
                "a": started, "b": ["condition": "service_started", "required": true], "c": started,
            ])
        #expect(project.web("networks") == nil)
        #expect(project.model["services"]?["a"]?["networks"] == ["default": nil])
        #expect(
            project.model["networks"] == [
                "default": ["name": "demo_default"], "front": ["name": "demo_front"],
                "given": ["name": "given", "external": true],
            ])
        #expect(project.model["volumes"] == ["data": ["name": "mine"]])
    }
}
