import Engines
import Platform
import Stack
import Testing

@testable import Runtimes

@Suite struct ContainerEventTests {
    private let rig: EngineRig
    private let web = ContainerSamples.service("web")

    init() throws { rig = try EngineRig() }

    private func begin(_ services: Service...) throws -> String {
        try rig.begin(ContainerSamples.stack(services.isEmpty ? [web] : services))
        let id = try rig.start(services.first ?? web)
        rig.clear()
        return id
    }

    @Test(arguments: [(0, "code 0"), (1, "code 1"), (139, "signal 11"), (255, "code 255")])
    func anEndIsToldOnce(code: Int, text: String) throws {
        let id = try begin()
        rig.engine.change { $0.end(id, code: code) }
        rig.expect("exited web-1 run 1 \(text)")
        rig.settle()
        #expect(rig.events == ["exited web-1 run 1 \(text)"])
        #expect(try rig.runtime.book.pages["web-1"] == nil)
    }

    @Test func aStopByHandIsAPersonsWillBeforeItIsAnEnd() throws {
        let id = try begin()
        rig.engine.stopByHand(id)
        rig.expect("exited web-1 run 1 signal 15")
        rig.settle()
        #expect(rig.events == ["stop web by hand", "exited web-1 run 1 signal 15"])
    }

    /// `docker restart` starts it again before a signal could arrive.
    @Test func whatAPersonHasStoppedIsNotStoppedOnceMore() throws {
        let id = try begin()
        let runtime = try rig.runtime
        rig.onEvent = { event in
            if event == "stop web by hand" { runtime.signal(InstanceID("web", 1), run: 1, 15) }
        }
        rig.engine.stopByHand(id)
        rig.expect("exited web-1 run 1 signal 15")
        rig.settle()
        #expect(rig.engine.requests("/kill") == [])
    }

    /// The engine writes the two events from two threads.
    @Test func aStopMayBeToldBeforeTheEndOrWithoutIt() throws {
        let id = try begin()
        let runtime = try rig.runtime
        rig.onEvent = { event in
            if event == "stop web by hand" { runtime.signal(InstanceID("web", 1), run: 1, 15) }
        }
        rig.engine.change { world in
            world.emit("kill", id, ["signal": "15"])
            world.end(id, code: 143, isTold: false)
            world.emit("stop", id)
            world.emit("die", id, ["exitCode": "143"])
        }
        rig.expect("exited web-1 run 1 signal 15")
        rig.clear()
        rig.engine.change { $0.begin(id) }
        rig.expect("start web by hand")
        rig.clear()
        rig.engine.change { world in
            world.emit("kill", id, ["signal": "15"])
            world.end(id, code: 143, isTold: false)
            world.emit("stop", id)
            world.begin(id)
        }
        rig.expect("start web by hand")
        rig.settle()
        #expect(rig.events.contains("stop web by hand"))
        #expect(rig.engine.requests("/kill") == [])
    }

    @Test func alsoWhereItsOwnSignalEndsItAndItReturns() throws {
        let id = try begin()
        rig.engine.stopByHand(id, signal: 3, code: 0)
        rig.expect("exited web-1 run 1 code 0")
        #expect(rig.events == ["stop web by hand", "exited web-1 run 1 code 0"])
    }

    @Test func aKillByHandIsAnEndLikeOthers() throws {
        let id = try begin()
        rig.engine.killByHand(id)
        rig.expect("exited web-1 run 1 signal 9")
        rig.settle()
        #expect(rig.events == ["exited web-1 run 1 signal 9"])
    }

    @Test func aSignalByHandThatNoStopFollowsIsNoWill() throws {
        let id = try begin()
        rig.engine.killByHand(id, signal: 15)
        rig.expect("exited web-1 run 1 signal 15")
        rig.settle()
        #expect(rig.events == ["exited web-1 run 1 signal 15"])
    }

    @Test func aStopOfOneOfSeveralIsNotThatOfTheService() throws {
        let two = ContainerSamples.service("web", replicas: 2)
        let first = try begin(two)
        let second = try rig.start(two, 2)
        rig.clear()
        rig.engine.stopByHand(first)
        rig.expect("exited web-1 run 1 signal 15")
        rig.settle()
        #expect(rig.events == ["exited web-1 run 1 signal 15"])
        rig.engine.stopByHand(second)
        rig.expect("exited web-2 run 1 signal 15")
        #expect(rig.events.suffix(2) == ["stop web by hand", "exited web-2 run 1 signal 15"])
    }

    @Test func whatHaleItselfSendsIsNobodysWill() throws {
        let id = try begin()
        try rig.runtime.signal(InstanceID("web", 1), run: 1, 15)
        rig.expect("exited web-1 run 1 signal 15")
        rig.settle()
        #expect(rig.events == ["exited web-1 run 1 signal 15"])
        #expect(rig.engine.requests("/kill") == ["POST /containers/\(id)/kill?signal=15"])
    }

    @Test func signalsOfAnotherStartAreNotSent() throws {
        _ = try begin()
        let runtime = try rig.runtime
        runtime.signal(InstanceID("web", 1), run: 7, 15)
        runtime.kill(InstanceID("web", 2), run: 1)
        runtime.freeze(InstanceID("web", 1), run: 7, true)
        rig.settle()
        #expect(rig.engine.requests("/kill").isEmpty && rig.engine.requests("/pause").isEmpty)
    }

    @Test func aFrozenOneIsThawedToBeKilled() throws {
        let id = try begin()
        let runtime = try rig.runtime
        runtime.freeze(InstanceID("web", 1), run: 1, true)
        #expect(rig.wait { rig.engine.requests("/pause").count == 1 })
        runtime.kill(InstanceID("web", 1), run: 1)
        rig.expect("exited web-1 run 1 signal 9")
        #expect(
            rig.engine.requests("POST /containers/\(id)").suffix(3) == [
                "POST /containers/\(id)/pause", "POST /containers/\(id)/unpause",
                "POST /containers/\(id)/kill?signal=9",
            ])
    }

    @Test func aSignalToOneThatHasEndedUnseenTellsItsEnd() throws {
        let id = try begin()
        rig.engine.change { $0.end(id, code: 4, isTold: false) }
        try rig.runtime.signal(InstanceID("web", 1), run: 1, 15)
        rig.expect("exited web-1 run 1 code 4")
    }

    @Test func freezingByHandIsToldAndHalesOwnIsNot() throws {
        let id = try begin()
        let runtime = try rig.runtime
        runtime.freeze(InstanceID("web", 1), run: 1, true)
        #expect(rig.wait { rig.engine.requests("/pause").count == 1 })
        runtime.freeze(InstanceID("web", 1), run: 1, false)
        #expect(rig.wait { rig.engine.requests("/unpause").count == 1 })
        rig.settle()
        #expect(rig.events.isEmpty)
        rig.engine.change { world in
            world.containers[id]?.status = "paused"
            world.emit("pause", id)
        }
        rig.expect("pause web by hand")
        rig.engine.change { world in
            world.containers[id]?.status = "running"
            world.emit("unpause", id)
        }
        rig.expect("unpause web by hand")
    }

    @Test func aRestartByHandIsAnEndAndAStart() throws {
        let id = try begin()
        rig.engine.stopByHand(id)
        rig.engine.change { $0.begin(id) }
        rig.expect("adopted web-1 run 2")
        #expect(
            rig.events == [
                "stop web by hand", "exited web-1 run 1 signal 15", "start web by hand", "adopted web-1 run 2",
            ])
    }

    /// Podman tells no end of what is removed while it runs.
    @Test func aRemovalIsAnEndThoughNoneIsTold() throws {
        let id = try begin()
        rig.engine.change { world in
            world.emit("destroy", id)
            world.containers[id] = nil
        }
        rig.expect("exited web-1 run 1 ?")
        #expect(try rig.runtime.members[InstanceID("web", 1)] == nil)
    }

    /// Podman may tell that it was stopped, and nothing more.
    @Test func aStopIsAnEndThoughNoneIsTold() throws {
        let id = try begin()
        rig.engine.change { world in
            world.emit("kill", id, ["signal": "15"])
            world.emit("stop", id)
            world.containers[id] = nil
        }
        rig.expect("exited web-1 run 1 ?")
        #expect(rig.events == ["stop web by hand", "exited web-1 run 1 ?"])
    }

    @Test func whatTheEngineDoesNotHaveHasEnded() throws {
        let id = try begin()
        rig.engine.change { _ = $0.containers.removeValue(forKey: id) }
        try rig.runtime.kill(InstanceID("web", 1), run: 1)
        rig.expect("exited web-1 run 1 ?")
    }

    @Test func oneThatIsRemovedHasEnded() throws {
        let id = try begin()
        rig.engine.change { world in
            world.emit("kill", id, ["signal": "9"])
            world.end(id, code: 137)
            world.emit("destroy", id)
            world.containers[id] = nil
        }
        rig.expect("exited web-1 run 1 signal 9")
        rig.settle()
        #expect(try rig.start(web, run: 2) != id)
    }

    @Test func eventsOfTasksAndStrangersAreNobodys() throws {
        _ = try begin()
        let task = rig.engine.add("web", 1, labels: ["com.docker.compose.oneoff": "True"])
        rig.engine.change { world in
            world.emit("start", task)
            world.end(task, code: 1)
        }
        rig.settle()
        #expect(rig.events.isEmpty)
    }

    @Test func anEndOfAnEarlierStartIsNotThatOfThis() throws {
        let id = try begin()
        rig.engine.change { world in
            let started = world.containers[id]?.startedAt ?? 0
            world.emit("die", id, ["exitCode": "1"], time: started - 1)
        }
        rig.settle()
        #expect(rig.events.isEmpty)
    }

    @Test func wantOfMemoryIsToldOfAnEnd() throws {
        let id = try begin()
        rig.engine.change { world in
            world.emit("oom", id)
            world.end(id, code: 137)
        }
        rig.expect("exited web-1 run 1 signal 9 out of memory")
    }

    @Test func alsoWhereTheKernelsWordOfItIsLate() throws {
        let id = try begin()
        rig.engine.change { world in
            world.containers[id]?.isOutOfMemory = true
            world.end(id, code: 137)
        }
        rig.expect("exited web-1 run 1 signal 9 out of memory")
    }

    @Test func theMemoryLimitIsRaisedAndTold() throws {
        let mebibyte = 1 << 20
        var service = ContainerSamples.service(
            "web", configuration: #"{"HostConfig":{"Memory":\#(64 * mebibyte)},"Image":"x"}"#)
        service.memory = MemoryPolicy(step: 0.25, ceiling: Int64(90 * mebibyte))
        let id = try begin(service)
        func runOut(_ code: Int? = nil) {
            rig.engine.change { world in
                let time = world.now()
                // Long after the last one.
                world.emit("oom", id, time: time)
                if let code { world.end(id, code: code) }
            }
        }
        runOut(137)
        rig.expect("noted web-1: its memory limit was raised from 64 MiB to 80 MiB")
        rig.expect("exited web-1 run 1 signal 9 out of memory")
        #expect(rig.engine.body("/update")?["Memory"] == .integer(Int64(80 * mebibyte)))
        #expect(rig.engine.body("/update")?["MemorySwap"] == .integer(Int64(80 * mebibyte)))
        #expect(try rig.runtime.raisedMemory(of: InstanceID("web", 1)) == Int64(80 * mebibyte))
        _ = try rig.start(service, run: 2)
        runOut(137)
        rig.expect("noted web-1: its memory limit was raised from 80 MiB to 90 MiB")
        _ = try rig.start(service, run: 3)
        runOut(137)
        rig.expect("noted web-1: its memory limit stays at 90 MiB: that is its ceiling")
    }

    @Test func oneWithoutALimitHasNoneToRaise() throws {
        var service = web
        service.memory = MemoryPolicy(ceiling: 1 << 30)
        let id = try begin(service)
        rig.engine.change { $0.emit("oom", id) }
        rig.expect("noted web-1: it has no memory limit that could be raised: the machine has no more")
    }

    @Test func aRaisedLimitIsThatOfTheNextContainer() throws {
        var service = ContainerSamples.service("web", configuration: #"{"HostConfig":{"Memory":1000},"Image":"x"}"#)
        service.memory = MemoryPolicy(ceiling: 5_000)
        var book = ContainerBook()
        book.memory["web-1"] = 9_000
        try rig.begin(ContainerSamples.stack(service), book: book)
        _ = try rig.start(service)
        #expect(rig.engine.body("/create")?[path: "HostConfig/Memory"] == .integer(5_000))
    }

    @Test func whatItWroteLastIsKeptAtItsEnd() throws {
        let id = try begin()
        rig.engine.change { world in
            world.containers[id]?.log = ["one", "two"]
            world.end(id, code: 1)
        }
        #expect(rig.wait { rig.logsKept == [InstanceID("web", 1)] })
        let text = String(decoding: try readWholeFile(rig.folder["logs/web-1.log"]), as: UTF8.self)
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
        #expect(lines == ["stdout F one", "stdout F two"])
    }

    @Test func oneThatWasTakenOffANetworkIsAttachedAgain() throws {
        let id = try begin()
        rig.engine.change { $0.containers[id]?.networks = ["other": "172.30.0.2"] }
        rig.expect("noted web-1: it had been taken off shop_default, and is attached again")
        rig.expect("moved web-1")
        #expect(rig.engine.body("/connect")?[path: "EndpointConfig/Aliases"]?.texts == ["web", "direct.web"])
        let address = rig.engine.change { $0.containers[id]?.networks["shop_default"] }
        #expect(try rig.runtime.address(of: InstanceID("web", 1)) == address)
        rig.engine.change { $0.containers[id]?.networks["shop_default"] = "172.18.9.9" }
        rig.expect("moved web-1", times: 2)
        #expect(try rig.runtime.address(of: InstanceID("web", 1)) == "172.18.9.9")
    }
}
