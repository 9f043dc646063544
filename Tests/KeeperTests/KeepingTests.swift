import Glibc
import Platform
import Stack
import Testing
import Wire

@testable import Keeper

@Suite struct KeepingTests {
    @Test func anEndIsToldUntilAHealerHasDealtWithIt() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let first = rig.start("exit 1", kind: .probe)
            let second = rig.start("exit 2", kind: .hook)
            let running = rig.start("exec sleep 1000")
            #expect(rig.pid(of: running) != nil)
            rig.healer?.wait { $0.isEnd(of: second) }
            for _ in 0..<2 {
                try rig.reconnect()
                let welcome = rig.healer?.take { if case .welcome = $0 { true } else { false } }
                guard case .welcome(let children, _)? = welcome?.event else { throw Missing("welcome") }
                #expect(Set(children.map(\.process)) == [first, second, running])
                rig.healer?.wait { $0.isEnd(of: first, .code(1)) }
                rig.healer?.wait { $0.isEnd(of: second, .code(2)) }
            }
            for process in [first, second] { rig.send(.acknowledgeExit(process: process)) }
            try rig.reconnect()
            let welcome = rig.healer?.take { if case .welcome = $0 { true } else { false } }
            guard case .welcome(let children, _)? = welcome?.event else { throw Missing("welcome") }
            #expect(children.map(\.process) == [running])
            rig.shutDown()
        }
    }

    @Test func theNextKeeperTakesOverWhatRuns() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let script = "echo before; until [ -e \(rig.folder)/go ]; do sleep 0.01; done; echo after; exit 3"
            let process = rig.start(script) { $0.note = Array("how it was launched".utf8) }
            let pid = rig.pid(of: process)
            let ended = rig.start("exec sleep 1000", kind: .hook)
            let endedPid = try #require(rig.pid(of: ended))
            rig.leave()
            kill(endedPid, SIGKILL)

            let next = try KeeperRig(folder: rig.folder)
            try next.reconnect()
            let welcome = next.healer?.take { if case .welcome = $0 { true } else { false } }
            guard case .welcome(let children, _)? = welcome?.event else { throw Missing("welcome") }
            let child = children.first { $0.process == process }
            #expect(child?.pid == pid)
            #expect(child?.note == Array("how it was launched".utf8))
            // Nobody could wait for the one that ended meanwhile, but its end is told.
            #expect(next.end(of: ended)?.status == .unknown)
            try writeFileAtomically([1], to: rig.folder + "/go")
            #expect(next.end(of: process)?.status == .unknown)
            #expect(next.log().map { $0.dropFirst(40) } == ["before", "after"])
            next.shutDown()
        }
    }

    @Test func messagesOfTheInstanceAreForwarded() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let process = rig.start("echo $NOTIFY_SOCKET; exec sleep 1000") { $0.notify = true }
            #expect(rig.pid(of: process) != nil)
            let path = rig.locations.notifySocket(of: "job-1")
            #expect(rig.turn { rig.log().last.map { $0.hasSuffix(path) } ?? false })
            let sender = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
            let connected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(sender, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            #expect(connected == 0)
            let text = "READY=1\nSTATUS=ready to serve"
            #expect(Glibc.send(sender, text, text.utf8.count, 0) == text.utf8.count)
            #expect(rig.healer?.wait { $0 == .notified(process: process, text: text) } == true)
            rig.shutDown()
        }
    }

    @Test func aListeningSocketOutlivesItsOwner() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let gateway = try rig.connect(.gateway)
            rig.send(.listen(ListenRequest(key: "web", address: "127.0.0.1", port: 0, owner: .gateway)))
            let told = rig.healer?.take { if case .listening("web", _) = $0 { true } else { false } }
            #expect(told?.descriptor == nil)
            guard case .listening(_, let port)? = told?.event else { throw Missing("listening") }
            let handed = gateway.take { $0 == .listening(key: "web", port: port) }
            close(try #require(handed?.descriptor))
            gateway.connection.close()

            // Nobody accepts now, but nobody is refused either.
            let client = try connectSocket(to: .ipv4("127.0.0.1", port: port))
            let next = try rig.connect(.gateway)
            let again = try #require(next.take { $0 == .listening(key: "web", port: port) }?.descriptor)
            #expect(rig.turn { (try? acceptSocket(again)) != nil })
            close(client)

            rig.send(.listen(ListenRequest(key: "twin", address: "127.0.0.1", port: port, owner: .gateway)))
            let failed = rig.healer?.take { if case .listenFailed("twin", _) = $0 { true } else { false } }
            #expect(failed?.event == .listenFailed(key: "twin", reason: "address already in use"))
            rig.send(.closeListener(key: "web"))
            #expect(next.wait { $0 == .listenerClosed(key: "web") })
            close(again)
            rig.shutDown()
        }
    }

    @Test func theNewestConnectionOfARoleCounts() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let newer = try rig.connect(.healer)
            #expect(newer.wait { if case .welcome = $0 { true } else { false } })
            #expect(rig.turn { rig.healer?.isClosed == true })
            newer.send(.shutDown(killChildren: true))
            rig.reactor.run()
        }
    }

    @Test func aRoleThatEndsIsStartedAgain() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            func gateway() -> Int32? {
                let told = rig.healer?.take { if case .roleRestarted(.gateway, _, _) = $0 { true } else { false } }
                guard case .roleRestarted(_, let pid, _)? = told?.event else { return nil }
                return pid
            }
            let first = try #require(gateway())
            kill(first, SIGKILL)
            let second = try #require(gateway())
            #expect(second != first)
            #expect(!KeeperRig.isGone(second))
            rig.shutDown()
            #expect(KeeperRig.isGone(second))
        }
    }

    @Test func nonsenseEndsAStrangersConnectionAndNothingElse() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            for bytes in [[], [1], [UInt8](repeating: 255, count: 100)] {
                let stranger = try FramedConnection.connect(to: rig.locations.keeperSocket, reactor: rig.reactor)
                var closed = false
                stranger.onClose = { closed = true }
                stranger.send(bytes)
                #expect(rig.turn { closed })
            }
            #expect(rig.end(of: rig.start("exit 1"))?.status == .code(1))
            rig.shutDown()
        }
    }

    @Test func aShutDownLeavesNothingBehind() async {
        await #expect(processExitsWith: .success) {
            let rig = try KeeperRig()
            let process = rig.start("trap '' TERM; setsid sleep 1000 & echo $! > \(rig.folder)/pid; wait")
            let pid = try #require(rig.pid(of: process))
            let other = try #require(Int32(rig.contents(of: rig.folder + "/pid", lines: 1).first ?? ""))
            rig.shutDown()
            #expect(KeeperRig.isGone(pid))
            #expect(KeeperRig.isGone(other))
            #expect(namesInFolder(rig.locations.runtime).isEmpty)
            #expect(namesInFolder(rig.locations.logs) == ["job-1.log"] || namesInFolder(rig.locations.logs).isEmpty)
        }
    }
}

/// Something that had to come did not.
struct Missing: Error {
    var what: String

    init(_ what: String) { self.what = what }
}
