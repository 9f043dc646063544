import Compose
import Testing

struct MergingTests {
    private func merged(_ base: String, _ override: String) throws -> ComposeProject {
        try TemporaryProject([
            "base.yaml": "services:\n  web:\n    image: x\n" + base, "over.yaml": "services:\n  web:\n" + override,
        ]).load(["base.yaml", "over.yaml"])
    }

    @Test func replacesScalarsAndCommands() throws {
        let project = try merged(
            "    user: a\n    command: [a, b]\n    entrypoint: a\n", "    user: b\n    command: c d\n    image: y\n")
        #expect(project.web("user") == "b")
        #expect(project.web("command") == ["c", "d"])
        #expect(project.web("entrypoint") == ["a"])
        #expect(project.web("image") == "y")
    }

    @Test func joinsMappingsAndLists() throws {
        let project = try merged(
            "    environment: {A: 1, B: 1}\n    labels: [a=1]\n    dns: 1.1.1.1\n    cap_add: [A]\n",
            "    environment: [B=2, C=2]\n    labels: {b: 2}\n    dns: [8.8.8.8]\n    cap_add: [A, B]\n")
        #expect(project.web("environment") == ["A": "1", "B": "2", "C": "2"])
        #expect(project.web("labels") == ["a": "1", "b": "2"])
        #expect(project.web("dns") == ["1.1.1.1", "8.8.8.8"])
        #expect(project.web("cap_add") == ["A", "B"])
    }

    @Test func latestOfSamePortVolumeAndMountWins() throws {
        let project = try merged(
            "    ports: [\"80:80\"]\n    volumes: [\"./a:/data\"]\n",
            "    ports: [\"80:80\", \"81:80\"]\n    volumes: [\"/b:/data\"]\n")
        #expect(
            project.web("ports") == [
                ["mode": "ingress", "target": 80, "published": "80", "protocol": "tcp"],
                ["mode": "ingress", "target": 80, "published": "81", "protocol": "tcp"],
            ])
        #expect(project.web("volumes") == [["type": "bind", "source": "/b", "target": "/data", "bind": [:]]])
    }

    @Test func mixesShortAndLongForms() throws {
        let project = try merged(
            "    build: ./a\n    depends_on: [db]\n    networks: [one]\n  db: {image: y}\nnetworks: {one: , two: }\n",
            "    build: {target: t}\n    depends_on: {db: {condition: service_healthy}}\n    networks: {two: }\n")
        #expect(project.web("build")?["target"] == "t")
        #expect(project.web("build")?["dockerfile"] == "Dockerfile")
        #expect(project.web("depends_on") == ["db": ["condition": "service_healthy", "required": true]])
        #expect(project.web("networks") == ["one": nil, "two": nil])
    }

    @Test func loggingOptionsOfAnotherDriverAreForgotten() throws {
        let same = try merged(
            "    logging: {driver: a, options: {x: 1}}\n", "    logging: {driver: a, options: {y: 2}}\n")
        #expect(same.web("logging")?["options"] == ["x": "1", "y": "2"])
        let other = try merged(
            "    logging: {driver: a, options: {x: 1}}\n", "    logging: {driver: b, options: {y: 2}}\n")
        #expect(other.web("logging")?["options"] == ["y": "2"])
    }

    @Test func refusesAnotherKind() throws {
        let project = try TemporaryProject([
            "base.yaml": "services: {web: {image: x, healthcheck: {retries: 1}}}",
            "over.yaml": "services:\n  web:\n    healthcheck: [a]\n",
        ])
        let complaint = project.complaint(["base.yaml", "over.yaml"])
        #expect(complaint == "over.yaml:3:5: expected a mapping, found a list (it is a mapping in base.yaml:1)")
    }

    @Test func resetForgetsAndOverrideReplaces() throws {
        let project = try merged(
            "    ports: [\"80:80\"]\n    environment: {A: 1, B: 1}\n    dns: [1.1.1.1]\n    user: a\n",
            "    ports: !override [\"81:81\"]\n    environment: {A: !reset null}\n    dns: !override [8.8.8.8]\n"
                + "    user: !reset \"\"\n")
        #expect(
            project.web("ports") == [["mode": "ingress", "target": 81, "published": "81", "protocol": "tcp"]])
        #expect(project.web("environment") == ["B": "1"])
        #expect(project.web("dns") == ["8.8.8.8"])
        #expect(project.web("user") == nil)
    }

    @Test func documentsOfOneFileAreMerged() throws {
        let project = try load("services: {web: {image: x, user: a}}\n---\nservices: {web: {user: b}}\n")
        #expect(project.web("image") == "x")
        #expect(project.web("user") == "b")
    }
}
