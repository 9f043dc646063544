import Compose
import Testing

struct ValidationTests {
    @Test(arguments: [
        ("imge: x", "3:5: services.web: unknown key 'imge' (did you mean 'image'?)"),
        ("image: [x]", "3:5: services.web.image: expected a string, found a list"),
        ("image: 5", "3:5: services.web.image: expected a string, found a number (5) (put it in quotes)"),
        (
            "image: x\n    environment: A=1",
            "4:5: services.web.environment: expected a list or a mapping, found a string (A=1)"
        ),
        ("image: x\n    ports: {a: b}", "4:5: services.web.ports: expected a list, found a mapping"),
        (
            "image: x\n    oom_score_adj: 2000",
            "4:5: services.web.oom_score_adj: expected a number from -1000 to 1000, found 2000"
        ),
        (
            "image: x\n    cgroup: hots",
            "4:5: services.web.cgroup: expected \"host\" or \"private\", found \"hots\" (did you mean 'host'?)"
        ),
        (
            "image: x\n    stop_grace_period: '10'",
            "4:5: services.web.stop_grace_period: expected a duration such as 500ms, 10s or 1m30s, found \"10\""
        ),
        ("image: x\n    mem_limit: 1q", "4:5: services.web.mem_limit: expected an amount such as 512m, found \"1q\""),
        (
            "image: x\n    environment: ['A =1']",
            "4:19: services.web.environment: variable \"A \" has a space before its equals sign"
        ),
        ("image: x\n    volumes: [{type: bind, target: /x}]", "4:15: a volume of type bind needs a source"),
        ("image: x\n    depends_on: {db: {}}", "4:18: services.web.depends_on.db: key 'condition' is missing"),
        (
            "image: x\n    healthcheck: {test: [curl]}",
            "4:26: services.web.healthcheck.test: expected CMD, CMD-SHELL or NONE, found \"curl\""
        ),
        (
            "image: x\n    container_name: ab\n    scale: 2",
            "4:5: services.web: 2 instances cannot share one container_name"
        ),
        (
            "image: x\n    scale: 2\n    deploy: {replicas: 3}",
            "4:5: services.web: scale and deploy.replicas differ (use one of them)"
        ),
        (
            "image: x\n    tmpfs: /x\n    volumes: ['data:/x']\nvolumes: {data: }",
            "5:15: services.web: /x is mounted twice"
        ),
        (
            "image: x\n    networks: [frnt]\nnetworks: {front: }",
            "4:16: services.web: network 'frnt' is not defined (did you mean 'front'?)"
        ),
        (
            "image: x\n    volumes: ['data:/x']",
            "4:15: services.web: volume 'data' is not defined (declare it under volumes)"
        ),
        ("image: x\n    secrets: [s]", "4:15: services.web: secret 's' is not defined (declare it under secrets)"),
        ("image: x\n    configs: [c]", "4:15: services.web: config 'c' is not defined (declare it under configs)"),
        (
            "image: x\n    network_mode: host\n    networks: [a]\nnetworks: {a: }",
            "4:5: services.web: expected only one of network_mode, networks"
        ),
        ("user: me", "2:3: services.web: expected an image, a build or x-hale.run (add image: NAME)"),
    ])
    func refuses(service: String, complaint expected: String) throws {
        #expect(try complaint("services:\n  web:\n    \(service)\n") == "compose.yaml:" + expected)
    }

    @Test(arguments: [
        ("servces: {}", "1:1: unknown key 'servces' (did you mean 'services'?)"),
        ("services: []", "1:1: services: expected a mapping, found a list"),
        ("[a]", "1:1: expected a mapping at the top of the file, found a list"),
        ("1: x", "1:1: expected a string as key, found 1 (put it in quotes)"),
        ("a: 1\na: 2", "2:1: key 'a' is already defined at line 1"),
        ("x-a: *b", "1:6: there is no anchor 'b' before this alias"),
        ("x-a: &a [*a]", "1:10: anchor 'a' contains itself"),
        ("x-a: &a text\nx-b: {<<: *a}", "1:9: expected a mapping or a list of mappings after '<<', found a string"),
        (
            "services: {'a b': {image: x}}",
            "1:12: services: expected a name of letters, digits, '.', '_' and '-', found 'a b'"
        ),
        (
            "volumes: {v: {external: true, driver: x}}",
            "1:31: volumes.v: 'driver' cannot be given for an external volume"
        ),
        ("secrets: {s: {}}", "1:11: secrets.s: expected one of file, environment"),
        ("configs: {c: {file: a, content: b}}", "1:11: configs.c: expected only one of file, environment, content"),
        ("", "1:1: the file is empty"),
    ])
    func refusesFiles(text: String, complaint expected: String) throws {
        #expect(try complaint(text) == "compose.yaml:" + expected)
    }

    @Test func refusesUndefinedServicesAndCycles() throws {
        #expect(
            try complaint("services:\n  web: {image: x, depends_on: [dbs]}\n  dbx: {image: x}\n")
                == "compose.yaml:2:32: services.web.depends_on: service 'dbs' is not defined (did you mean 'dbx'?)")
        #expect(
            try complaint(
                "services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, links: [c]}\n"
                    + "  c: {image: x, ipc: 'service:a'}\n")
                == "compose.yaml:4:17: services depend on each other: a -> b -> c -> a")
    }

    @Test func everythingThatIsWrongIsSaid() throws {
        let complaint = try complaint("services:\n  web:\n    imge: x\n    prots: []\n    user: 1\n")
        #expect(complaint?.split(separator: "\n").count == 3)
    }

    @Test func aServiceThatHaleRunsNeedsNoImage() throws {
        let project = try load("services: {web: {x-hale: {run: serve}}}")
        #expect(project.web("x-hale") == ["run": "serve"])
    }

    @Test func placesAreKnown() throws {
        let project = try TemporaryProject([
            "compose.yaml": "services:\n  web:\n    image: x\n    x-hale:\n      check: {tcp: 80}\n",
            "over.yaml": "services:\n  web:\n    user: me\n    ports:\n      - 80:80\n",
        ])
        let model = try project.load(["compose.yaml", "over.yaml"])
        let check = model.position(of: ["services", "web", "x-hale", "check"])
        #expect(check == SourcePosition(file: project.path + "/compose.yaml", line: 5, column: 7))
        let user = model.position(of: ["services", "web", "user"])
        #expect(user == SourcePosition(file: project.path + "/over.yaml", line: 3, column: 5))
        let port = model.position(of: ["services", "web", "ports", "0", "target"])
        #expect(port == SourcePosition(file: project.path + "/over.yaml", line: 5, column: 9))
        #expect(model.position(of: ["services", "web", "nothing"])?.line == 2)
        #expect(model.position(of: ["nothing"]) == nil)
    }

    @Test(arguments: [("imge", "image"), ("enviroment", "environment"), ("prots", "ports"), ("xyz", nil), ("a", nil)])
    func nearestWord(word: String, expected: String?) {
        #expect(nearest(word, in: ["image", "environment", "ports", "expose"]) == expected)
    }
}
