import Glibc
import Platform
import Stack
import Testing
import Wire

@testable import Keeper

@Suite struct TreeTests {
    /// A main process with a child, a daemon in a session of its own, and one that has left its environment too.
    static func family(_ folder: String) -> String {
        """
        sleep 1000 & echo $! >> \(folder)/pids
        setsid sh -c 'sleep 1000 & echo $! >> \(folder)/pids; echo $$ >> \(folder)/pids; wait' &
        (setsid sh -c 'echo $$ >> \(folder)/pids; exec sleep 1000' &)
        """
    }

    static let groups: [Bool] = ProcessFacts.isRoot ? [false, true] : [false]

    private static func check(_ useGroup: Bool, _ end: (KeeperRig, ProcessID) -> Wire.ExitStatus, script: String) throws
    {
        let rig = try KeeperRig()
        let process = rig.start(
            family(rig.folder) + script, cgroup: useGroup ? CgroupRequest(path: "rig-\(getpid())/job-1") : nil)
        let pids = rig.contents(of: rig.folder + "/pids", lines: 4).compactMap { Int32($0) }
        #expect(pids.count == 4)
        let expected = end(rig, process)
        #expect(rig.end(of: process)?.status == expected)
        // Nothing of the tree is left by the time the end is told.
        #expect(pids.filter { !KeeperRig.isGone($0) }.isEmpty)
        rig.shutDown()
    }

    @Test func noDescendantOutlivesItsInstance() async {
        await #expect(processExitsWith: .success) {
            for useGroup in TreeTests.groups {
                try TreeTests.check(
                    useGroup,
                    { rig, process in
                        rig.send(.signal(process: process, signal: SIGKILL, scope: .process))
                        return .signal(SIGKILL)
                    }, script: "\nexec sleep 1000")
            }
        }
    }

    @Test func aTreeIsKilledAsAWhole() async {
        await #expect(processExitsWith: .success) {
            for useGroup in TreeTests.groups {
                try TreeTests.check(
                    useGroup,
                    { rig, process in
                        rig.send(.signal(process: process, signal: SIGKILL, scope: .tree))
                        return .signal(SIGKILL)
                    }, script: "\nexec sleep 1000")
            }
        }
    }

    @Test func aMainProcessThatReturnsTakesItsTreeAlong() async {
        await #expect(processExitsWith: .success) {
            for useGroup in TreeTests.groups {
                try TreeTests.check(
                    useGroup, { _, _ in .code(5) },
                    script:
                        "\nuntil [ $(wc -l < $PWD/pids 2>/dev/null || echo 4) -ge 4 ]; do :; done; sleep 0.2; exit 5")
            }
        }
    }

    @Test func theEndOfAProbeLeavesTheServiceAlone() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let service = rig.start(TreeTests.family(rig.folder) + "\nexec sleep 1000")
            let pids = rig.contents(of: rig.folder + "/pids", lines: 4).compactMap { Int32($0) }
            for _ in 0..<3 {
                #expect(rig.end(of: rig.start("(setsid sleep 1000 &); exit 1", kind: .probe))?.status == .code(1))
            }
            #expect(pids.count == 4)
            #expect(pids.filter { KeeperRig.isGone($0) }.isEmpty)
            rig.send(.signal(process: service, signal: SIGKILL, scope: .tree))
            _ = rig.end(of: service)
            rig.shutDown()
        }
    }

    @Test func aDeadlineEndsTheTreeAndKeepsTheOutput() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let script = "echo begun; setsid sh -c 'echo $$; exec sleep 1000' & wait"
            let end = rig.end(of: rig.start(script, kind: .probe, deadline: .milliseconds(300)))
            #expect(end?.status == .signal(SIGKILL))
            let lines = end?.output.split(separator: "\n") ?? []
            #expect(lines.first == "begun")
            #expect(lines.dropFirst().compactMap { Int32($0) }.allSatisfy { KeeperRig.isGone($0) })
            rig.shutDown()
        }
    }

    @Test func aFrozenTreeStandsStillAndGoesOn() async {
        await #expect(processExitsWith: .success) {
            for useGroup in TreeTests.groups {
                let rig = try KeeperRig()
                let group = CgroupRequest(path: "rig-\(getpid())/job-1")
                let process = rig.start("while :; do :; done", cgroup: useGroup ? group : nil)
                let pid = try #require(rig.pid(of: process))
                func used() -> [UInt8]? { try? readWholeFile("/proc/\(pid)/schedstat") }
                rig.send(.freeze(process: process, frozen: true))
                // It stands still once its use of the processor no longer changes.
                #expect(
                    rig.turn {
                        let before = used()
                        rig.reactor.turn(limit: .milliseconds(100))
                        return before == used()
                    })
                rig.send(.freeze(process: process, frozen: false))
                let still = used()
                #expect(rig.turn { used() != still })
                rig.send(.freeze(process: process, frozen: true))
                rig.send(.signal(process: process, signal: SIGKILL, scope: .tree))
                #expect(rig.end(of: process)?.status == .signal(SIGKILL))
                rig.shutDown()
            }
        }
    }

    @Test(.enabled(if: ProcessFacts.isRoot && access("/sys/fs/cgroup/memory/cgroup.procs", F_OK) == 0))
    func wantOfMemoryIsTold() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let group = CgroupRequest(path: "rig-\(getpid())/job-1", memory: 32 << 20)
            let end = rig.end(of: rig.start("exec tail /dev/zero", cgroup: group))
            #expect(end == .init(status: .signal(SIGKILL), outOfMemory: true))
            // The next run is not blamed for it.
            #expect(rig.end(of: rig.start("kill -9 $$", cgroup: group)) == .init(status: .signal(SIGKILL)))
            rig.shutDown()
        }
    }
}
