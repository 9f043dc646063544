import Testing

@testable import Platform

@Suite struct ProcessUsageTests {
    private static let stat =
        "42 (a) b (c) S 7 42 42 0 -1 4194560 100 200 0 0 150 50 30 20 20 0 1 0 1000 4096 3 18446744073709551615"

    @Test func fieldsAreCountedFromTheEndOfTheName() throws {
        let usage = try #require(
            ProcessUsage(pid: 42, user: 5, stat: Self.stat, words: Array("x\0-y\0".utf8), pageSize: 4_096))
        #expect(usage.parent == 7)
        #expect(usage.ownTime == 2_000_000_000)
        #expect(usage.childrenTime == 500_000_000)
        #expect(usage.startedAt == 10_000_000_000)
        #expect(usage.resident == 3 * 4_096)
        #expect(usage.command == "x -y")
    }

    @Test func oneWithoutWordsGoesByItsName() {
        #expect(ProcessUsage(pid: 42, user: 0, stat: Self.stat, words: [], pageSize: 1)?.command == "[a) b (c]")
    }

    @Test(arguments: ["", "42", "42 (x", ") 42 (", "42 (x) S 1"])
    func rubbishIsNoProcess(stat: String) {
        #expect(ProcessUsage(pid: 1, user: 0, stat: stat, words: [], pageSize: 1) == nil)
    }

    @Test func thisProcessCanBeRead() {
        #expect(ProcessUsage.read(ProcessFacts.own)?.parent == ProcessFacts.ownParent)
        #expect((ProcessUsage.proportionalMemory(of: ProcessFacts.own) ?? 0) > 0)
        #expect((ProcessUsage.machineMemory() ?? 0) > 1 << 20)
    }
}

@Suite struct CgroupPlacesTests {
    @Test func onlyGroupsBelowHalesOwnCount() {
        let text = """
            4:memory:/hale/shop/web-1
            3:cpu,cpuacct:/hale/shop/web-1
            2:name=systemd:/hale/shop/web-1
            1:pids:/user.slice
            0::/hale/shop/web-1
            """
        let folders = CgroupPlaces.folders(from: text, top: "/nowhere")
        #expect(
            folders == [
                "": "/nowhere/unified/hale/shop/web-1", "memory": "/nowhere/memory/hale/shop/web-1",
                "cpu": "/nowhere/cpu/hale/shop/web-1", "cpuacct": "/nowhere/cpuacct/hale/shop/web-1",
            ])
    }

    @Test(arguments: ["", "x", "0::/", "0::/hale/../etc", "::", "0::/halecyon/x"])
    func anythingElseHasNone(text: String) {
        #expect(CgroupPlaces.folders(from: text, top: "/nowhere").isEmpty)
    }
}
