import Stack
import Testing

@testable import Commands

@Suite struct StackMergeTests {
    private static let complete = Samples.stack(["db": [], "web": []])

    private func merge(chosen: [String], running: [String: [String]]?, removesOrphans: Bool = false) -> StackMerge {
        var stack = Self.complete
        stack.services = stack.services.filter { chosen.isEmpty || chosen.contains($0.key) }
        return StackMerge(
            complete: Self.complete, chosen: stack, isPartial: !chosen.isEmpty, running: running.map(Samples.stack),
            removesOrphans: removesOrphans)
    }

    @Test func aFirstUpRunsWhatWasAskedFor() {
        #expect(merge(chosen: [], running: nil).result == Self.complete)
        #expect(merge(chosen: ["db"], running: nil).result.services.keys.sorted() == ["db"])
        #expect(merge(chosen: ["db"], running: nil).servicesToRead == ["db"])
        #expect(merge(chosen: [], running: nil).servicesToRead.isEmpty)
    }

    @Test func whatWasNotNamedIsLeftAsItRuns() {
        let merge = merge(chosen: ["db"], running: ["web": ["db"]])
        #expect(merge.result.services.keys.sorted() == ["db", "web"])
        #expect(merge.result.services["web"]?.dependencies.isEmpty == false)
        #expect(merge.servicesToRead == ["db", "web"])
    }

    @Test func orphansStayUnlessTheyAreToGo() {
        let running: [String: [String]] = ["db": [], "old": []]
        #expect(merge(chosen: [], running: running).orphans == ["old"])
        #expect(merge(chosen: [], running: running).result.services["old"] != nil)
        #expect(merge(chosen: [], running: running, removesOrphans: true).result == Self.complete)
        #expect(merge(chosen: ["db"], running: running).servicesToRead == ["db"])
    }

    @Test func belongingsInTheEngineAreThoseOfTheFiles() {
        var merge = merge(chosen: ["db"], running: ["web": ["db"], "old": []])
        let belongings = ContainerProject(
            engine: "unix:///a", files: ["/compose.yaml"], networks: [.init(key: "default", name: "shop_default")])
        merge.complete.containers = belongings
        merge.chosen.containers = ContainerProject(engine: "unix:///a")
        merge.running?.containers = ContainerProject(networks: [.init(key: "former", name: "shop_former")])
        #expect(merge.result.containers == belongings)
        #expect(merge.result.services.keys.sorted() == ["db", "old", "web"])
        merge.complete.containers = nil
        #expect(merge.result.containers == nil)
    }
}
