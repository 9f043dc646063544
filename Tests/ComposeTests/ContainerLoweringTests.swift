import Stack
import Testing

@testable import Compose

@Suite struct ContainerLoweringTests {
    @Test func aServiceIsItsImageAndLittleElse() throws {
        let project = try load("services: {web: {image: nginx}}")
        let lowered = try Lowered(project)
        #expect(lowered.container.image == "nginx")
        #expect(lowered.container.name == nil)
        #expect(lowered.container.pullPolicy == .missing)
        #expect(lowered.container.files == [])
        #expect(lowered.container.hash == project.serviceHashes.first?.hash)
        #expect(lowered.container.networks == [ContainerAttachment(network: "demo_default")])
        #expect(
            lowered.host == [
                "RestartPolicy": ["Name": "no"], "AutoRemove": false, "NetworkMode": "demo_default",
            ])
        for key in ["Cmd", "Entrypoint", "Env", "ExposedPorts", "Healthcheck", "Volumes", "StopTimeout"] {
            #expect(lowered.body[key] == nil)
        }
        #expect(lowered.body["Image"] == "nginx")
        #expect(lowered.body["NetworkingConfig"] == nil)
    }

    @Test func equalContainersAreEqualTexts() throws {
        let value: ComposeValue = ["b": ["d": [1, true], "c": "2"], "a": []]
        #expect(value.engineText == #"{"a":[],"b":{"c":"2","d":[1,true]}}"#)
        let text = "labels: {b: '2', a: '1'}, environment: [B=2, A=1], cap_add: [X]"
        let project = try TemporaryProject(["compose.yaml": "services: {web: {image: x, \(text)}}"])
        let one = try Lowered(project.load())
        let other = "cap_add: [X], environment: {A: 1, B: 2}, labels: [a=1, b=2]"
        try project.write(Array("services: {web: {\(other), image: x}}".utf8), to: "compose.yaml")
        #expect(try Lowered(project.load()).container == one.container)
    }

    @Test func whatRunsAndHow() throws {
        let lowered = try Lowered(
            web: """
                command: serve --port 80, entrypoint: [tini, --], working_dir: /app, user: "1000:1000", hostname: h,
                domainname: example.org, tty: true, stdin_open: true, stop_signal: SIGQUIT, stop_grace_period: 1m30s,
                environment: {B: "2", A: "", GONE: }
                """)
        #expect(lowered.body["Cmd"] == ["serve", "--port", "80"])
        #expect(lowered.body["Entrypoint"] == ["tini", "--"])
        #expect(lowered.body["WorkingDir"] == "/app")
        #expect(lowered.body["User"] == "1000:1000")
        #expect(lowered.body["Hostname"] == "h")
        #expect(lowered.body["Domainname"] == "example.org")
        #expect(lowered.body["Tty"] == true)
        #expect(lowered.body["OpenStdin"] == true)
        #expect(lowered.body["StopSignal"] == "SIGQUIT")
        #expect(lowered.body["StopTimeout"] == 90)
        #expect(lowered.body["Env"] == ["A=", "B=2", "GONE"])
        #expect(lowered.service.launch.command == ["tini", "--", "serve", "--port", "80"])
    }

    @Test func theLaunchSaysNothingTwice() throws {
        let launch = try Lowered(
            web: """
                environment: {A: 1}, working_dir: /app, user: nobody, mem_limit: 64m, cpus: 0.5, secrets: [s],
                volumes: ["data:/data", "shared:/shared:ro", "/anonymous", "./here:/there"], x-hale: {run: never}
                """, top: "secrets: {s: {file: ./s}}, volumes: {data: , shared: }"
        ).service.launch
        #expect(launch.command == [])
        #expect(launch.environment == [:])
        #expect(launch.workingDirectory == nil)
        #expect(launch.user == nil)
        #expect(launch.files == [])
        #expect(launch.resources.memory == 64 << 20)
        #expect(launch.resources.processors == 0.5)
        #expect(launch.volumes == ["data"])
    }

    @Test(arguments: ["[]", "''"])
    func anEmptyCommandClearsTheOneOfTheImage(empty: String) throws {
        #expect(try Lowered(web: "command: \(empty)").body["Cmd"] == [])
        #expect(try Lowered(web: "entrypoint: \(empty)").body["Entrypoint"] == [])
        #expect(try Lowered(web: "command: null").body["Cmd"] == nil)
    }

    @Test func whatOnlyChangesLabelsOfComposeChangesNoContainer() throws {
        func lowered(_ dependencies: String) throws -> Lowered {
            let project = try TemporaryProject([
                "compose.yaml": """
                services:
                  web: {image: x, labels: {mine: "1"}\(dependencies)}
                  db: {image: x}
                """
            ])
            return try Lowered(try project.load(["compose.yaml"]))
        }
        let first = try lowered("")
        #expect(first.body["Labels"] == ["mine": "1"])
        #expect(first.stack.containers?.files.count == 1)
        #expect(try lowered(", depends_on: [db]").container.configuration == first.container.configuration)
    }

    @Test func healthChecksAreTheEnginesToo() throws {
        #expect(
            try Lowered(
                web: """
                    healthcheck: {test: [CMD, ok], interval: 10s, timeout: 500ms, start_period: 1m, start_interval: 2s,
                      retries: 4}
                    """
            ).body["Healthcheck"] == [
                "Test": ["CMD", "ok"], "Interval": 10_000_000_000, "Timeout": 500_000_000,
                "StartPeriod": 60_000_000_000, "StartInterval": 2_000_000_000, "Retries": 4,
            ])
        #expect(
            try Lowered(web: "healthcheck: {test: ok, start_interval: 2s}").body["Healthcheck"]
                == ["Test": ["CMD-SHELL", "ok"]])
        #expect(try Lowered(web: "healthcheck: {disable: true}").body["Healthcheck"] == ["Test": ["NONE"]])
        #expect(try Lowered(web: "healthcheck: {retries: 9}").body["Healthcheck"] == ["Retries": 9])
    }

    @Test func portsOfTheHostAreTheGatewaysButForWhatItDoesNotForward() throws {
        let lowered = try Lowered(
            web: """
                ports: ["80:8080", "127.0.0.1:53:53/udp", "5000-5001:6000-6001", "9000", "132:132/sctp", "7/udp"],
                expose: ["3000-3002/udp", 8080, "9090"]
                """)
        let exposed = [
            "8080/tcp", "53/udp", "6000/tcp", "6001/tcp", "9000/tcp", "132/sctp", "7/udp", "3000/udp", "3001/udp",
            "3002/udp", "9090/tcp",
        ]
        #expect(lowered.body["ExposedPorts"]?.map?.keys.sorted() == exposed.sorted())
        #expect(
            lowered.host["PortBindings"] == [
                "53/udp": [["HostIp": "127.0.0.1", "HostPort": "53"]], "132/sctp": [["HostIp": "", "HostPort": "132"]],
                "7/udp": [["HostIp": "", "HostPort": ""]],
            ])
        #expect(try engineComplaint("services: {web: {image: x, expose: [http]}}").contains("services.web.expose"))
    }

    @Test(arguments: [
        ("", "no", 0), ("restart: always", "always", 0), ("restart: unless-stopped", "unless-stopped", 0),
        ("restart: 'on-failure:3'", "on-failure", 3), ("deploy: {restart_policy: {condition: any}}", "always", 0),
        ("deploy: {restart_policy: {condition: on-failure, max_attempts: 5}}", "on-failure", 5),
        ("restart: always, deploy: {restart_policy: {condition: none}}", "no", 0),
        ("deploy: {restart_policy: {delay: 1s}}", "always", 0),
    ])
    func theEngineNeverRestartsButKnowsWhatItWouldDo(keys: String, name: String, retries: Int) throws {
        let lowered = try Lowered(web: keys)
        #expect(lowered.container.restart == EngineRestartPolicy(name: name, retries: retries))
        #expect(lowered.host["RestartPolicy"] == ["Name": "no"])
        #expect(lowered.host["AutoRemove"] == false)
    }

    @Test func aPlainStackHasNothingOfAnEngine() throws {
        let stack = try load("services: {web: {build: ., image: x}}").stack()
        #expect(stack.containers == nil)
        #expect(stack.isolatesNetworks)
        #expect(stack.services["web"]?.launch.container == nil)
        #expect(stack.services["web"]?.build == nil)
    }

    @Test func theHashIsThatOfWhatRuns() throws {
        func hash(_ keys: String) throws -> String { try Lowered(web: keys).container.hash }
        let plain = try hash("user: a")
        #expect(try hash("user: a, x-hale: {hold: 3s, gateway: off}, x-mine: 1") == plain)
        #expect(try hash("user: a, depends_on: [other]") == plain)
        #expect(try hash("user: a, x-hale: {run: other}") != plain)
        #expect(try hash("user: b") != plain)
    }
}
