import Compose
import Testing

struct ExtendsTests {
    @Test func takesOverFromTheSameFile() throws {
        let project = try load(
            """
            services:
              base: {image: x, environment: {A: base, B: base}, profiles: [never]}
              middle: {extends: base, environment: {B: middle}}
              web: {extends: {service: middle}, profiles: !override [], user: me}
            """)
        #expect(project.web("image") == "x")
        #expect(project.web("environment") == ["A": "base", "B": "middle"])
        #expect(project.web("user") == "me")
        #expect(project.web("extends") == nil)
    }

    @Test func resolvesPathsFromWhereTheyAreWritten() throws {
        let project = try TemporaryProject([
            "compose.yaml": "services: {web: {extends: {file: sub/base.yaml, service: base}}}",
            "sub/base.yaml": """
            services:
              base: {extends: {file: deep/more.yaml, service: more}, build: ., volumes: ["./data:/data"]}
            """,
            "sub/deep/more.yaml": "services: {more: {image: x, env_file: vars.env}}",
            "sub/deep/vars.env": "A=1\n",
        ])
        let model = try project.load()
        #expect(model.web("image") == "x")
        #expect(model.web("build")?["context"] == .string(project.path + "/sub"))
        #expect(model.web("environment") == ["A": "1"])
        #expect(
            model.web("volumes") == [
                ["type": "bind", "source": .string(project.path + "/sub/data"), "target": "/data", "bind": [:]]
            ])
    }

    @Test func refusesCyclesAndWhatIsNotThere() throws {
        #expect(
            try complaint("services:\n  a: {extends: b}\n  b: {extends: a}\n")
                == "compose.yaml:2:7: services.a.extends: services extend each other: a -> b -> a")
        #expect(
            try complaint("services:\n  web: {extends: bsae}\n  base: {image: x}\n")
                == "compose.yaml:2:9: services.web.extends: there is no service 'bsae' to extend "
                + "(did you mean 'base'?)")
        let missing = try complaint("services:\n  web: {extends: {file: none.yaml, service: a}}\n")
        #expect(missing?.hasPrefix("compose.yaml:2:19: cannot read none.yaml") == true)
    }

    @Test func longChainsAreRefused() throws {
        let chain = (0..<5_000).map { "  s\($0): {extends: s\($0 + 1)}\n" }.joined()
        let complaint = try complaint("services:\n" + chain + "  s5000: {image: x}\n")
        #expect(complaint?.contains("more than 100 services extend each other") == true)
    }
}

struct IncludeTests {
    @Test func bringsResourcesWithTheirOwnDirectoryAndVariables() throws {
        let project = try TemporaryProject([
            "compose.yaml": """
            include:
              - sub/compose.yaml
              - {path: [other/a.yaml, other/b.yaml], project_directory: other/root, env_file: other/vars.env}
            services: {web: {image: x, depends_on: [db]}}
            """,
            "sub/compose.yaml": "services: {db: {image: 'db:$TAG', volumes: ['./data:/data']}}\nvolumes: {v: }\n",
            "sub/.env": "TAG=sub\n",
            "other/a.yaml": "services: {cache: {image: 'cache:$TAG', volumes: ['./c:/c']}}",
            "other/b.yaml": "services: {cache: {user: me}}",
            "other/vars.env": "TAG=other\n",
        ])
        let services = try project.load().model["services"]
        #expect(services?["db"]?["image"] == "db:sub")
        #expect(services?["cache"]?["image"] == "cache:other")
        #expect(services?["cache"]?["user"] == "me")
        #expect(
            services?["cache"]?["volumes"] == [
                ["type": "bind", "source": .string(project.path + "/other/root/c"), "target": "/c", "bind": [:]]
            ])
        #expect(
            services?["db"]?["volumes"] == [
                ["type": "bind", "source": .string(project.path + "/sub/data"), "target": "/data", "bind": [:]]
            ])
    }

    @Test func ownValuesComeFirst() throws {
        let project = try TemporaryProject([
            "compose.yaml": "include: [a.yaml]\nservices: {web: {image: mine}}",
            "a.yaml": "services: {web: {image: theirs, user: them}}",
        ])
        #expect(try project.load().web("image") == "mine")
        #expect(try project.load().web("user") == "them")
    }

    @Test func refusesCyclesAndWhatIsNotThere() throws {
        let project = try TemporaryProject([
            "compose.yaml": "include: [a.yaml]\nservices: {web: {image: x}}", "a.yaml": "include: [compose.yaml]\n",
        ])
        #expect(project.complaint()?.hasPrefix("a.yaml:1:11: include: files include each other") == true)
        #expect(
            try complaint("include: [none.yaml]\n") == "compose.yaml:1:11: include: cannot read none.yaml: no such file"
        )
        #expect(
            try complaint("include: [{pth: a}]\n")
                == "compose.yaml:1:12: include: unknown key 'pth' (did you mean 'path'?)")
    }
}
