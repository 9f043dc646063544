import Compose
import Testing

struct DiscoveryTests {
    @Test func looksUpwardsAndTakesTheOverride() throws {
        let project = try TemporaryProject([
            "compose.yaml": "services: {web: {image: x}}", "compose.override.yaml": "services: {web: {user: me}}",
            "deep/down/file": "",
        ])
        let model = try project.load { $0.currentDirectory = project.path + "/deep/down" }
        #expect(model.web("user") == "me")
        #expect(model.directory == project.path)
        #expect(model.files == [project.path + "/compose.yaml", project.path + "/compose.override.yaml"])
    }

    @Test func composeFileNamesFiles() throws {
        let project = try TemporaryProject([
            "a.yaml": "services: {web: {image: x}}", "b.yaml": "services: {web: {user: me}}",
            ".env": "COMPOSE_FILE=a.yaml:b.yaml\n",
        ])
        #expect(try project.load().web("user") == "me")
        let named = try project.load(environment: ["COMPOSE_FILE": "a.yaml|b.yaml", "COMPOSE_PATH_SEPARATOR": "|"])
        #expect(named.web("user") == "me")
    }

    @Test func projectDirectoryAndEnvironmentFileAreHonoured() throws {
        let project = try TemporaryProject([
            "files/c.yaml": "services: {web: {image: '$A', volumes: ['./x:/x']}}", "other/.env": "A=dot\n",
            "my.env": "A=mine\n",
        ])
        let usual = try project.load(["files/c.yaml"]) { $0.projectDirectory = "other" }
        #expect(usual.web("image") == "dot")
        #expect(usual.web("volumes")?.first?["source"] == .string(project.path + "/other/x"))
        let given = try project.load(["files/c.yaml"]) { $0.environmentFiles = ["my.env"] }
        #expect(given.web("image") == "mine")
    }

    @Test(
        arguments: [
            (nil, [:], "", "folder"), ("given", ["COMPOSE_PROJECT_NAME": "env"], "name: file\n", "given"),
            (nil, ["COMPOSE_PROJECT_NAME": "env"], "name: file\n", "env"),
            (nil, ["N": "Var"], "name: my-$N\n", "my-var"),
        ] as [(String?, [String: String], String, String)])
    func names(given: String?, environment: [String: String], line: String, expected: String) throws {
        let project = try TemporaryProject([
            "Folder/compose.yaml": line + "services: {web: {image: '$COMPOSE_PROJECT_NAME'}}"
        ])
        let model = try project.load(["Folder/compose.yaml"], environment: environment) { $0.projectName = given }
        #expect(model.name == expected)
        #expect(model.web("image") == .string(expected))
        #expect(model.model["name"] == .string(expected))
    }

    @Test func saysWhereItLooked() throws {
        let project = try TemporaryProject(["empty/file": ""])
        #expect(throws: ComposeError.self) { try project.load { $0.currentDirectory = project.path + "/empty" } }
    }

    @Test func profilesSwitchServicesOn() throws {
        let project = try TemporaryProject([
            "compose.yaml": """
            services:
              web: {image: x}
              debug: {image: x, profiles: [debug, all], env_file: missing.env}
              test: {image: x, profiles: [test]}
            """
        ])
        let plain = try project.load()
        #expect(plain.serviceNames == ["web"])
        #expect(plain.disabledServices.keys.sorted() == ["debug", "test"])
        #expect(plain.profileNames == ["all", "debug", "test"])
        #expect(try project.load { $0.profiles = ["test"] }.serviceNames == ["test", "web"])
        #expect(try project.load(environment: ["COMPOSE_PROFILES": "test,x"]).serviceNames == ["test", "web"])
        #expect(throws: ComposeError.self) { try project.load { $0.profiles = ["*"] } }
    }

    @Test func dependenciesOnWhatIsSwitchedOff() throws {
        let required = "services:\n  web: {image: x, depends_on: [db]}\n  db: {image: x, profiles: [p]}\n"
        #expect(
            try complaint(required)
                == "compose.yaml:2:32: services.web.depends_on: service 'db' is switched off (its profiles are p)")
        let optional =
            "services:\n  web: {image: x, depends_on: {db: {condition: service_started, required: false}}}\n"
            + "  db: {image: x, profiles: [p]}\n"
        #expect(try complaint(optional) == nil)
    }
}

struct RenderingTests {
    private let text = """
        services:
          web:
            image: nginx
            command: [sh, -c, "echo $$HOME"]
            environment: {A: "1", B: "yes", C: "a: b", D: "two\\nlines", E: , F: "", G: "it's", H: " x", I: "12:30"}
            x-hale: {run: nginx}
          built: {build: .}
        volumes: {data: }
        secrets: {s: {file: ./secret}}
        """

    @Test func yamlReadsBackAsTheSameModel() throws {
        let project = try load(text)
        let rendered = project.rendered(as: .yaml)
        #expect(rendered.hasPrefix("name: demo\nservices:\n  built:\n    build:\n      context: /"))
        #expect(rendered.contains("      - echo $$HOME\n"))
        #expect(
            rendered.contains(
                "      A: \"1\"\n      B: \"yes\"\n      C: 'a: b'\n      D: |-\n        two\n        lines\n"))
        #expect(try load(rendered).model == project.model)
    }

    @Test func jsonReadsBackAsTheSameModel() throws {
        let project = try load(text)
        let rendered = project.rendered(as: .json)
        #expect(rendered.contains("\"echo $HOME\""))
        #expect(rendered.contains("\"entrypoint\": null"))
        #expect(try load(rendered.replacing("$HOME", with: "$$HOME")).web("environment") == project.web("environment"))
    }

    @Test func listings() throws {
        let project = try load(text, environment: ["A": "1"])
        #expect(project.serviceNames == ["built", "web"])
        #expect(project.images == ["demo-built", "nginx"])
        #expect(project.volumeNames == ["data"])
        #expect(project.environmentLines == ["A=1", "COMPOSE_PROJECT_NAME=demo"])
    }

    @Test func hashesChangeWithWhatRuns() throws {
        func hash(_ service: String) throws -> String? {
            try load("services: {web: {image: x, \(service)}}").serviceHashes.first?.hash
        }
        #expect(try hash("user: a") == hash("user: a, scale: 3, pull_policy: always"))
        #expect(try hash("user: a") != hash("user: b"))
        #expect(try hash("user: a")?.count == 64)
    }
}

extension ComposeValue {
    /// The first item of a list.
    var first: ComposeValue? {
        if case .list(let items) = self { items.first } else { nil }
    }
}
