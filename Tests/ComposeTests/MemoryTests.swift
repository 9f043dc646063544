import Compose
import Stack
import Testing

@Suite struct MemoryTests {
    private func policy(_ memory: String, runtime: StackRuntime = .containers) throws -> MemoryPolicy? {
        let project = try TemporaryProject([
            "compose.yaml": """
            name: demo
            services: {web: {image: x, command: run, x-hale: {memory: \(memory)}}}
            """
        ])
        return try project.load(["compose.yaml"]).stack(runtime: runtime).services["web"]?.memory
    }

    @Test func aQuarterIsAddedUnlessSaid() throws {
        #expect(try policy("{ceiling: 2g}") == MemoryPolicy(step: 0.25, ceiling: 2 << 30))
        #expect(try policy("{step: 50%, ceiling: 512m}") == MemoryPolicy(step: 0.5, ceiling: 512 << 20))
    }

    @Test(arguments: [
        "{step: 25%}", "{ceiling: 0}", "{ceiling: much}", "{step: 200%, ceiling: 1g}", "{limit: 1g}", "3",
    ])
    func whatMakesNoSenseIsRefused(text: String) {
        #expect(throws: ComposeError.self) { try policy(text) }
    }

    @Test func notificationsReachNoContainer() throws {
        let project = try TemporaryProject([
            "compose.yaml": "name: demo\nservices: {web: {image: x, command: run, x-hale: {notify: true}}}"
        ])
        let loaded = try project.load(["compose.yaml"])
        #expect(throws: ComposeError.self) { try loaded.stack(runtime: .containers) }
        _ = try loaded.stack()
    }
}
