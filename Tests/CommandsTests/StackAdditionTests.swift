import Compose
import Control
import Stack
import TestFolders
import Testing

@testable import Commands

@Suite struct StackAdditionTests {
    private let folder = TemporaryFolder()

    private func addition(_ chosen: Stack, to saved: ApplyRequest?, profiles: [String] = []) throws -> StackAddition {
        try folder.write("compose.yaml", "services: {db: {image: x}}")
        let project = try ComposeProject.load(
            ComposeOptions(projectName: "shop", environment: [:], currentDirectory: folder.path))
        var arguments = ParsedArguments()
        for profile in profiles { arguments.add(profile, to: GlobalOptions.profile) }
        let session = Session(
            globals: try GlobalOptions(arguments), environment: ["A": "b"], currentDirectory: folder.path,
            console: Console())
        return StackAddition(chosen, of: project, to: saved, session)
    }

    private func saved(_ stack: Stack, services: [String] = []) -> ApplyRequest {
        ApplyRequest(
            stack: stack,
            source: ConfigurationSource(
                files: ["/compose.yaml"], projectDirectory: "/", projectName: "shop", services: services))
    }

    private static func stack(_ names: [String], networks: [String]? = nil) -> Stack {
        var stack = Samples.stack(Dictionary(uniqueKeysWithValues: names.map { ($0, []) }))
        stack.containers = networks.map { names in
            ContainerProject(
                engine: "unix:///a", networks: names.map { ContainerProject.Resource(key: $0, name: "shop_\($0)") })
        }
        return stack
    }

    @Test func whatRunsIsLeftAndWhatLacksIsAdded() throws {
        var chosen = Self.stack(["db", "cache"])
        chosen.services["db"]?.replicas = 7
        let addition = try addition(chosen, to: saved(Self.stack(["db", "web"])))
        #expect(addition.added == ["cache"])
        #expect(addition.request.stack.services.keys.sorted() == ["cache", "db", "web"])
        #expect(addition.request.stack.services["db"]?.replicas == 1)
        #expect(addition.request.stack.containers == nil)
    }

    @Test func belongingsInTheEngineAreAdded() throws {
        let addition = try addition(
            Self.stack(["cache"], networks: ["back", "front"]), to: saved(Self.stack(["db"], networks: ["back"])))
        #expect(addition.request.stack.containers?.engine == "unix:///a")
        #expect(addition.request.stack.containers?.networks.map(\.name) == ["shop_back", "shop_front"])
    }

    @Test func theFirstBringsItsEngine() throws {
        let chosen = Self.stack(["cache"], networks: ["back"])
        let addition = try addition(chosen, to: nil)
        #expect(addition.request.stack.containers == chosen.containers)
        #expect(addition.added == ["cache"] && addition.request.source.services == ["cache"])
        #expect(addition.request.source.projectName == "shop")
    }

    @Test func aReloadFindsTheSameAgain() throws {
        let chosen = Self.stack(["cache"])
        #expect(try addition(chosen, to: saved(Self.stack(["db"]))).request.source.services.isEmpty)
        let part = try addition(chosen, to: saved(Self.stack(["db"]), services: ["db"]), profiles: ["extra"])
        #expect(part.request.source.services == ["cache", "db"] && part.request.source.profiles == ["extra"])
        let nothing = try addition(
            Self.stack(["db"]), to: saved(Self.stack(["db"]), services: ["db"]), profiles: ["extra"])
        #expect(nothing.added.isEmpty && nothing.request.source.services == ["db"])
        #expect(nothing.request.source.profiles.isEmpty)
    }
}
