import Engines
import Stack
import Testing

@testable import Runtimes

@Suite struct ContainerExecutionTests {
    private let rig: EngineRig
    private let web = ContainerSamples.service("web")
    private let instance = InstanceID("web", 1)

    init() throws { rig = try EngineRig() }

    private func command(_ timeout: Duration = .seconds(60)) -> SideCommand {
        SideCommand(
            arguments: ["check", "it"], user: "7", workingDirectory: "/app", environment: ["B": "2", "A": "1"],
            timeout: timeout)
    }

    @Test func aCommandTellsItsCodeAndWhatItPrints() throws {
        let runtime = try rig.begin(ContainerSamples.stack(web))
        let id = try rig.start(web)
        rig.engine.change { $0.commandCode = 3 }
        #expect(runtime.execute(command(), beside: instance, of: web) == ContainerRuntime.firstCommand + 1)
        rig.expect("command 1: code 3, fine\n")
        #expect(
            rig.engine.body("POST /containers/\(id)/exec")
                == JSONValue(
                    json: """
                        {"Cmd":["check","it"],"AttachStdout":true,"AttachStderr":true,"User":"7","WorkingDir":"/app",
                         "Env":["A=1","B=2"]}
                        """))
    }

    @Test func noMoreIsKeptThanIsAskedFor() throws {
        let runtime = try rig.begin(ContainerSamples.stack(web))
        _ = try rig.start(web)
        rig.engine.change { $0.commandOutput = String(repeating: "x", count: 10_000) }
        _ = runtime.execute(command(), beside: instance, of: web)
        rig.expect("command 1: code 0, " + String(repeating: "x", count: SideCommand.outputLimit))
    }

    @Test func oneThatTakesTooLongIsEnded() throws {
        let runtime = try rig.begin(ContainerSamples.stack(web))
        _ = try rig.start(web)
        rig.engine.change { $0.held = ["/start"] }
        _ = runtime.execute(command(.milliseconds(50)), beside: instance, of: web)
        rig.expect("command 1: signal 9, ")
    }

    @Test func withoutAContainerThereIsNoCommand() throws {
        let runtime = try rig.begin(ContainerSamples.stack(web))
        _ = runtime.execute(command(), beside: instance, of: web)
        rig.expect("command 1: failed, there is no container")
    }

    @Test func whatTheEngineRefusesIsSaid() throws {
        let runtime = try rig.begin(ContainerSamples.stack(web))
        _ = try rig.start(web)
        rig.engine.change { $0.refusals = [("/exec", 409, "container is not running")] }
        _ = runtime.execute(command(), beside: instance, of: web)
        rig.expect("command 1: failed, container is not running")
    }

    @Test func withoutTheEngineItWaits() throws {
        let runtime = try rig.begin(ContainerSamples.stack(web))
        _ = try rig.start(web)
        rig.engine.stop()
        rig.expect("lost")
        _ = runtime.execute(command(), beside: instance, of: web)
        let abandoned = runtime.execute(command(), beside: instance, of: web)
        rig.settleWithoutEngine()
        runtime.abandon(command: abandoned)
        #expect(!rig.events.contains { $0.hasPrefix("command") })
        try rig.engine.start()
        rig.expect("command 1: code 0, fine\n")
        rig.settle()
        #expect(rig.events.filter { $0.hasPrefix("command") }.count == 1)
        #expect(rig.engine.requests("/exec/").filter { $0.hasSuffix("/start") }.count == 1)
    }

    @Test func anAbandonedOneIsNotAnswered() throws {
        let runtime = try rig.begin(ContainerSamples.stack(web))
        _ = try rig.start(web)
        rig.engine.change { $0.held = ["/exec/"] }
        let number = runtime.execute(command(), beside: instance, of: web)
        #expect(rig.wait { rig.engine.requests("/exec/").count == 1 })
        runtime.abandon(command: number)
        rig.engine.change { $0.held = [] }
        _ = runtime.execute(command(), beside: instance, of: web)
        rig.expect("command 2: code 0, fine\n")
        rig.settle()
        #expect(!rig.events.contains { $0.hasPrefix("command 1") })
    }

    @Test func oneThatHangsIsInNobodysWay() throws {
        let runtime = try rig.begin(ContainerSamples.stack(web))
        _ = try rig.start(web)
        rig.engine.change { $0.held = ["/exec/"] }
        for _ in 0..<20 { _ = runtime.execute(command(), beside: instance, of: web) }
        #expect(rig.wait { rig.engine.requests("/exec/").count == 20 })
        runtime.signal(instance, run: 1, 15)
        rig.expect("exited web-1 run 1 signal 15")
        rig.engine.change { $0.held = [] }
        for number in 1...20 { rig.expect("command \(number): code 0, fine\n") }
    }

    @Test func ordersForANextStartAreNotTaken() throws {
        let runtime = try rig.begin(ContainerSamples.stack(web))
        let id = try rig.start(web)
        runtime.order(instance, run: 1, next: 2, onlyAfterFailure: false)
        runtime.revokeOrder(instance, run: 1)
        runtime.allowOrder(true)
        runtime.allowOrder(false)
        rig.expect("orders withdrawn")
        rig.engine.change { $0.end(id, code: 1) }
        rig.expect("exited web-1 run 1 code 1")
        rig.settle()
        #expect(rig.engine.requests("/containers/\(id)/start").count == 1)
    }
}
