import Glibc
import Platform
import Stack
import Testing
import Wire

@testable import Keeper

@Suite struct StandingOrderTests {
    private static let forever = "exec sleep 1000"

    @Test func aChildIsMadeAgainAtOnceAndOnlyOnce() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let process = rig.start(Self.forever)
            let pid = try #require(rig.pid(of: process))
            rig.send(.allowStandingOrder(true))
            rig.send(.standingOrder(process: process, next: 7, onlyAfterFailure: true))
            try rig.kill(pid, after: process)
            let successor = try #require(rig.end(of: process)?.successor)
            #expect(successor.run == 7 && ProcessFacts.state(of: successor.pid) != nil)
            // The permission was for one.
            let next = ProcessID(.service, process.instance, run: 7)
            rig.send(.standingOrder(process: next, next: 8, onlyAfterFailure: true))
            try rig.kill(successor.pid, after: next)
            #expect(rig.end(of: next) == KeeperRig.End(status: .signal(SIGKILL)))
            rig.shutDown()
        }
    }

    @Test func whatIsRevokedWithdrawnOrNotMeantIsLeftUndone() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            for prevent in [
                { rig.send(.revokeStandingOrder(process: $0)) }, { _ in rig.send(.allowStandingOrder(false)) },
                { _ in try rig.reconnect() },
            ] as [(ProcessID) throws -> Void] {
                let process = rig.start(Self.forever)
                let pid = try #require(rig.pid(of: process))
                rig.send(.allowStandingOrder(true))
                rig.send(.standingOrder(process: process, next: process.run + 100, onlyAfterFailure: false))
                try prevent(process)
                try rig.kill(pid, after: process)
                #expect(rig.end(of: process) == KeeperRig.End(status: .signal(SIGKILL)))
            }
            let process = rig.start("read line <\(rig.folder)/gate; exit 0")
            _ = rig.pid(of: process)
            rig.send(.allowStandingOrder(true))
            rig.send(.standingOrder(process: process, next: 100, onlyAfterFailure: true))
            rig.send(.signal(process: process, signal: SIGCONT, scope: .process))
            #expect(rig.end(of: process)?.successor == nil)
            rig.shutDown()
        }
    }

    /// Whoever comes in the moment before the succession is told hears all of it, and of it once.
    @Test func aHealerThatComesMeanwhileHearsOfTheSuccession() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let process = rig.start(Self.forever)
            let pid = try #require(rig.pid(of: process))
            rig.send(.allowStandingOrder(true))
            rig.send(.standingOrder(process: process, next: 7, onlyAfterFailure: false))
            try rig.kill(pid, after: process)
            rig.turn { !(ProcessFacts.state(of: pid).map { $0 != "Z" } ?? false) }
            try rig.reconnect()
            let welcome = rig.healer?.take { if case .welcome = $0 { true } else { false } }
            guard case .welcome(let children, _)? = welcome?.event else { throw Missing("welcome") }
            let record = try #require(children.first { $0.process.run == 7 })
            #expect(record.startTime == ProcessFacts.startTime(of: record.pid))
            #expect(rig.end(of: process)?.successor == ExitRecord.Successor(run: 7, pid: record.pid))
            rig.shutDown()
        }
    }

    /// A keeper that dies between a successor's start and the note of it leaves a process that the next one must find.
    @Test func aSuccessorThatNobodyNotedIsFound() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let process = rig.start(Self.forever)
            let pid = try #require(rig.pid(of: process))
            rig.send(.allowStandingOrder(true))
            rig.send(.standingOrder(process: process, next: 2, onlyAfterFailure: false))
            try rig.kill(pid, after: process)
            let successor = try #require(rig.end(of: process)?.successor)
            rig.leave()
            let folder = rig.locations.children
            // As it was before the note: the record is still that of the run before.
            let records = namesInFolder(folder)
            let text = try #require(records.first.map { folder + "/" + $0 })
            let bytes = try readWholeFile(text)
            let end = try #require(bytes.firstIndex(of: UInt8(ascii: "\n")))
            let head = "\(ProcessFacts.bootIdentity()) \(pid) 1"
            var request = try #require(SpawnRequest(decoding: Array(bytes[(end + 1)...])))
            request.process.run = process.run
            removeFile(text)
            try writeFileAtomically(
                Array((head + "\n").utf8) + request.encoded(), to: folder + "/job-1 service \(process.run)",
                mode: 0o600)

            let next = try KeeperRig(folder: rig.folder)
            try next.reconnect()
            let welcome = next.healer?.take { if case .welcome = $0 { true } else { false } }
            guard case .welcome(let children, _)? = welcome?.event else { throw Missing("welcome") }
            #expect(children.contains { $0.process.run == 2 && $0.pid == successor.pid })
            next.shutDown()
        }
    }
}

extension KeeperRig {
    /// Kills a child once the keeper has taken all that was sent to it before.
    func kill(_ pid: Int32, after process: ProcessID) throws {
        // What is asked twice is refused, after all that came before.
        var request = SpawnRequest(
            process: process, arguments: ["true"], environment: [], workingDirectory: "/", output: .capture(limit: 0))
        request.process = process
        send(.spawn(request))
        healer?.wait { if case .spawnFailed(process, _) = $0 { true } else { false } }
        Glibc.kill(pid, SIGKILL)
    }
}
