import Stack
import Testing

@testable import Compose

@Suite struct EngineLimitsTests {
    @Test(arguments: [
        ("image: x, credential_spec: {file: a.json}", "credential_spec: is for Windows containers alone"),
        ("provider: {type: model}", "provider: is a plugin of Docker Compose"),
        ("image: x, models: [m]", "models: needs Docker's model runner"),
    ])
    func whatNoEngineDoesIsSaidWithItsPlace(keys: String, complaint: String) throws {
        let said = try engineComplaint("services:\n  web: {\(keys)}\nmodels: {m: {model: ai/m}}\n")
        #expect(said.contains("compose.yaml:2:"))
        #expect(said.contains("services.web.\(complaint)"))
    }

    @Test func aServiceNeedsAnImage() throws {
        let text = "services: {web: {x-hale: {run: echo}}}"
        #expect(try load(text).stack().services["web"]?.launch.command == ["echo"])
        #expect(try engineComplaint(text).contains("services.web: needs an image or a build to run in a container"))
    }

    @Test func whatDevelopersWatchIsNoMatterOfTheEngine() throws {
        let lowered = try Lowered(web: "develop: {watch: [{path: ., action: rebuild}]}")
        #expect(try lowered.body.map?.keys.sorted() == Lowered(web: "").body.map?.keys.sorted())
    }

    @Test func onlyOneInstanceCanHaveTheNameOfAContainer() throws {
        let project = try load("services: {web: {image: x, container_name: only}}")
        let error = #expect(throws: ComposeError.self) { try project.stack(scale: ["web": 2], runtime: .containers) }
        let said = try #require(error).description
        #expect(said.contains("services.web.container_name: 2 instances cannot share one container_name"))
        #expect(try project.stack(scale: ["web": 2]).services["web"]?.replicas == 2)
    }

    // MARK: - x-hale

    @Test(
        arguments: [
            ("process", .process), ("docker", .docker), ("podman", .podman), ("auto", .auto),
        ] as [(String, RuntimeWish)])
    func theRuntimeIsKnownBeforeLowering(word: String, wish: RuntimeWish) throws {
        let project = try load("{x-hale: {runtime: \(word)}, services: {web: {image: x}}}")
        #expect(try project.runtimeWish() == wish)
        _ = try project.stack()
        _ = try project.stack(runtime: .containers)
    }

    @Test func whereNothingIsSaidTheRuntimeIsOpen() throws {
        #expect(try load("services: {web: {image: x}}").runtimeWish() == nil)
    }

    @Test func aWrongRuntimeIsSaidWithItsPlace() throws {
        let project = try load("x-hale:\n  runtime: dokcer\nservices: {web: {image: x}}\n")
        let asked = try #require(#expect(throws: ComposeError.self) { try project.runtimeWish() }).description
        #expect(asked.contains("compose.yaml:2:3"))
        #expect(asked.contains("expected one of process, docker, podman, auto, found 'dokcer'"))
        #expect(asked.contains("did you mean 'docker'?"))
        #expect(throws: ComposeError.self) { try project.stack() }
    }

    @Test(arguments: [
        ("", "", true), ("", "gateway: off", false), ("", "gateway: false", false), ("", "gateway: on", true),
        ("gateway: off", "", false), ("gateway: off", "gateway: on", true), ("gateway: true", "gateway: false", false),
    ])
    func namesLeadThroughTheGatewayUnlessSaidOtherwise(top: String, own: String, isBehind: Bool) throws {
        let text = "{x-hale: {\(top)}, services: {web: {image: x, x-hale: {\(own)}}}}"
        #expect(try Lowered(load(text)).container.isBehindGateway == isBehind)
        _ = try load(text).stack()
    }

    @Test func aWrongWordForTheGatewayIsSaidInBothRuntimes() throws {
        let text = "services:\n  web:\n    image: x\n    x-hale:\n      gateway: maybe\n"
        #expect(try engineComplaint(text).contains("compose.yaml:5:7"))
        let said = try #require(#expect(throws: ComposeError.self) { try load(text).stack() }).description
        #expect(said.contains("services.web.x-hale.gateway: expected on or off, found 'maybe'"))
    }
}
