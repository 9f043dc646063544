import KeeperLink
import Platform
import Stack
import Testing
import Wire

@testable import Runtimes

@Suite struct MixedRuntimeTests {
    private let rig: EngineRig
    private let keeper: FakeKeeper
    private let runtime: MixedRuntime
    private let web = ContainerSamples.service("web")
    private let job = Service(name: "job", launch: LaunchSpecification(command: ["/bin/job"]))

    init() throws {
        rig = try EngineRig()
        keeper = try FakeKeeper(in: rig.folder.path, reactor: rig.reactor)
        runtime = MixedRuntime(processes: try keeper.runtime(ContainerSamples.stack(web, job)), onEvent: keeper.take)
    }

    private func id(_ service: String) -> InstanceID { InstanceID(service, 1) }

    @Test func eachRunsWhereItBelongs() throws {
        runtime.add(try rig.begin(ContainerSamples.stack(web, job)))
        runtime.start(id("web"), of: web, run: 1)
        runtime.start(id("job"), of: job, run: 1)
        rig.expect("started web-1 run 1")
        #expect(rig.wait { keeper.told == ["spawn job-1 run 1"] })
        #expect(runtime.address(of: id("web")).hasPrefix("172.18."))
        #expect(runtime.address(of: id("job")).hasPrefix("127."))
        for service in ["web", "job"] { #expect(runtime.instance(at: runtime.address(of: id(service))) == id(service)) }
        #expect(runtime.instance(at: "192.0.2.1") == nil)
    }

    @Test func eachIsToldWhereItRuns() throws {
        runtime.add(try rig.begin(ContainerSamples.stack(web, job)))
        runtime.start(id("web"), of: web, run: 1)
        runtime.start(id("job"), of: job, run: 1)
        rig.expect("started web-1 run 1")
        for service in ["web", "job"] {
            runtime.freeze(id(service), run: 1, true)
            runtime.freeze(id(service), run: 1, false)
            runtime.order(id(service), run: 1, next: 2, onlyAfterFailure: true)
            runtime.revokeOrder(id(service), run: 1)
            runtime.signal(id(service), run: 1, 15)
        }
        runtime.allowOrder(true)
        rig.expect("exited web-1 run 1 signal 15")
        let expected = [
            "spawn job-1 run 1", "freeze job-1 true", "freeze job-1 false", "order job-1", "revoke job-1",
            "signal job-1 15", "allow true",
        ]
        #expect(rig.wait { keeper.told.count >= expected.count })
        #expect(keeper.told == expected)
        runtime.kill(id("job"), run: 1)
        #expect(rig.wait { keeper.told.last == "signal job-1 9" })
    }

    @Test func commandsRunAndEndWhereTheirInstanceIs() throws {
        runtime.add(try rig.begin(ContainerSamples.stack(web, job)))
        runtime.start(id("web"), of: web, run: 1)
        rig.expect("started web-1 run 1")
        let command = SideCommand(arguments: ["check"], timeout: .seconds(60))
        let numbers = (
            runtime.execute(command, beside: id("web"), of: web), runtime.execute(command, beside: id("job"), of: job)
        )
        #expect(numbers.0 > ContainerRuntime.firstCommand && numbers.1 == 101)
        rig.expect("command 1: code 0, fine\n")
        #expect(rig.wait { keeper.told == ["spawn job-1 run 101"] })
        runtime.abandon(command: numbers.1)
        #expect(rig.wait { keeper.told.last == "signal job-1 9" })
        runtime.abandon(command: numbers.0)
    }

    @Test func withoutAnEngineAContainerCannotStart() {
        runtime.start(id("web"), of: web, run: 1)
        #expect(
            keeper.events == ["failed web-1 run 1: no container engine is known; run 'hale up' again"])
        #expect(runtime.containers == nil)
    }

    @Test func oneThatWasFoundAsAContainerIsOne() throws {
        rig.engine.add("web", labels: [ContainerSpecification.markLabel: web.launch.container?.mark ?? ""])
        runtime.add(try rig.begin(ContainerSamples.stack(web)))
        rig.expect("adopted web-1 run 1")
        runtime.note(container: id("web"))
        runtime.kill(id("web"), run: 1)
        rig.expect("exited web-1 run 1 signal 9")
        #expect(keeper.told.isEmpty)
    }

    @Test func aContainerThatBecomesAProcessIsOne() throws {
        runtime.add(try rig.begin(ContainerSamples.stack(web)))
        runtime.start(id("web"), of: web, run: 1)
        rig.expect("started web-1 run 1")
        let process = Service(name: "web", launch: LaunchSpecification(command: ["/bin/web"]))
        runtime.start(id("web"), of: process, run: 2)
        runtime.signal(id("web"), run: 2, 15)
        #expect(rig.wait { keeper.told == ["spawn web-1 run 2", "signal web-1 15"] })
        #expect(rig.engine.requests("/kill").isEmpty)
    }
}

/// Notes what it is asked for, and does nothing.
private final class FakeKeeper {
    private(set) var told: [String] = []
    private(set) var events: [String] = []
    private let locations: Locations
    private let reactor: Reactor
    private var listener: FramedListener?
    private var connection: FramedConnection?

    init(in folder: String, reactor: Reactor) throws {
        self.reactor = reactor
        locations = Locations(
            project: "shop", environment: ["HALE_RUNTIME": folder, "HALE_STATE": folder], isRoot: false)
        try makeFolders(locations.runtime)
        listener = try FramedListener(path: locations.keeperSocket, reactor: reactor) { [weak self] connection in
            self?.connection = connection
            connection.onFrame = { frame, _ in
                guard let text = KeeperRequest(decoding: frame).flatMap(Self.text) else { return }
                self?.told.append(text)
            }
        }
    }

    deinit { listener?.close() }

    func take(_ event: RuntimeEvent) { events.append(EngineRig.text(event)) }

    func runtime(_ stack: Stack) throws -> ProcessRuntime {
        ProcessRuntime(
            keeper: try KeeperClient(reactor: reactor, locations: locations, role: .healer), locations: locations,
            stack: stack, addresses: AddressBook(identity: "shop"), firstCommand: 100, later: { $0() },
            onEvent: take)
    }

    private static func text(_ request: KeeperRequest) -> String? {
        switch request {
        case .spawn(let request): "spawn \(request.process.instance) run \(request.process.run)"
        case .signal(let process, let signal, _): "signal \(process.instance) \(signal)"
        case .freeze(let process, let frozen): "freeze \(process.instance) \(frozen)"
        case .standingOrder(let process, _, _): "order \(process.instance)"
        case .revokeStandingOrder(let process): "revoke \(process.instance)"
        case .allowStandingOrder(let allowed): "allow \(allowed)"
        default: nil
        }
    }
}
