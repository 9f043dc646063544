import Stack
import Testing

@testable import Compose

@Suite struct BuildLoweringTests {
    @Test func aBuildWithoutAnImageIsNamedAfterProjectAndService() throws {
        let project = try load("services: {web: {build: ./app}}")
        let lowered = try Lowered(project)
        #expect(lowered.container.image == "demo-web")
        #expect(lowered.service.image == "demo-web")
        #expect(lowered.body["Image"] == "demo-web")
        let build = try #require(lowered.service.build)
        #expect(build.context == "\(project.directory)/app")
        #expect(build.dockerfile == "Dockerfile")
        #expect(build.image == "demo-web")
        #expect(
            build.labels == [
                "com.docker.compose.project": "demo", "com.docker.compose.service": "web",
                "com.docker.compose.version": "2.0.0-hale",
            ])
        #expect(build.beyondEngine == [])
    }

    @Test func aBuildWithEverything() throws {
        let build = try #require(
            Lowered(
                load(
                    """
                    services:
                      web:
                        image: shop/web:1
                        platform: linux/arm64
                        build:
                          context: https://example.org/repository.git#main
                          dockerfile_inline: "FROM scratch"
                          args: {A: 1, B: , C: }
                          target: final
                          tags: [shop/web:latest]
                          labels: {a: b}
                          cache_from: [shop/web:cache]
                          no_cache: true
                          pull: true
                          network: host
                          shm_size: 128m
                          extra_hosts: ["h=10.0.0.1"]
                          isolation: process
                          secrets: [key]
                          ssh: [default]
                    secrets: {key: {file: ./key}}
                    """, environment: ["B": "2"])
            ).service.build)
        #expect(build.context == "https://example.org/repository.git#main")
        #expect(build.dockerfile == nil)
        #expect(build.inlineDockerfile == "FROM scratch")
        #expect(build.arguments == ["A": "1", "B": "2"])
        #expect(build.target == "final")
        #expect(build.image == "shop/web:1")
        #expect(build.tags == ["shop/web:latest"])
        #expect(build.labels["a"] == "b")
        #expect(build.cacheFrom == ["shop/web:cache"])
        #expect(build.noCache)
        #expect(build.pull)
        #expect(build.network == "host")
        #expect(build.sharedMemory == 134_217_728)
        #expect(build.extraHosts == ["h:10.0.0.1"])
        #expect(build.isolation == "process")
        #expect(build.platform == "linux/arm64")
        #expect(build.beyondEngine == ["secrets", "ssh"])
    }

    @Test func thePlatformIsTheServicesTheCommandsOrTheOneOfTheBuild() throws {
        func platform(_ keys: String, _ environment: [String: String] = [:]) throws -> [String?] {
            let lowered = try Lowered(web: keys, environment: environment)
            return [lowered.container.platform, lowered.service.build?.platform]
        }
        let other = ["DOCKER_DEFAULT_PLATFORM": "linux/riscv64"]
        #expect(try platform("build: .") == [nil, nil])
        #expect(try platform("build: .", other) == ["linux/riscv64", "linux/riscv64"])
        #expect(try platform("build: ., platform: linux/arm64", other) == ["linux/arm64", "linux/arm64"])
        #expect(try platform("build: {context: ., platforms: [linux/arm64]}") == [nil, "linux/arm64"])
        #expect(try platform("build: {context: ., platforms: [linux/arm64, linux/amd64]}") == [nil, nil])
    }

    @Test(
        arguments: [
            ("always", .always), ("never", .never), ("missing", .missing), ("if_not_present", .missing),
            ("build", .build), ("daily", .every(.seconds(86_400))), ("weekly", .every(.seconds(604_800))),
            ("every_12h", .every(.seconds(43_200))), ("every_2d", .every(.seconds(172_800))), ("refresh", .missing),
        ] as [(String, PullPolicy)])
    func whenImagesArePulled(word: String, policy: PullPolicy) throws {
        #expect(try Lowered(web: "pull_policy: \(word)").container.pullPolicy == policy)
    }
}
