import Engines
import Platform
import Stack
import TestFolders
import Testing

@testable import Runtimes

/// A runtime with an engine of its own; both go with the test.
final class EngineRig {
    let folder = TemporaryFolder()
    let engine: FakeEngine
    let reactor: Reactor
    private(set) var events: [String] = []
    /// Whose last lines were kept, which comes beside all else.
    private(set) var logsKept: [InstanceID] = []
    /// What the healer does at once where it is told something.
    var onEvent: (String) -> Void = { _ in }
    private var present: ContainerRuntime?

    init() throws {
        engine = try FakeEngine(in: folder.path)
        engine.change { $0.networks = ["shop_default"] }
        reactor = try Reactor()
    }

    deinit {
        present = nil
        engine.stop()
    }

    /// The runtime, once there is one.
    var runtime: ContainerRuntime {
        get throws { try #require(present) }
    }

    /// Has a runtime of `stack` find what the engine has.
    @discardableResult
    func begin(_ stack: Stack, book: ContainerBook = ContainerBook()) throws -> ContainerRuntime {
        let runtime = ContainerRuntime(
            endpoint: EngineEndpoint(.unix(engine.socket), source: "test"), environment: ["HOME": folder.path],
            stack: stack, book: book, logs: folder["logs"], reactor: reactor
        ) { [weak self] in
            self?.take($0)
        }
        present = runtime
        #expect(wait { runtime.isKnown })
        return runtime
    }

    private func take(_ event: RuntimeEvent) {
        if case .logKept(let instance) = event { return logsKept.append(instance) }
        let text = Self.text(event)
        events.append(text)
        onEvent(text)
    }

    /// Lets things happen until something is so; false where it is not in good time.
    func wait(_ condition: () -> Bool) -> Bool {
        let deadline = Instant.now() + .seconds(20)
        while !condition() {
            guard Instant.now() < deadline else { return false }
            reactor.turn(limit: .milliseconds(5))
        }
        return true
    }

    /// Waits for an event, and says what came instead where it does not come.
    func expect(_ event: String, times: Int = 1, _ location: SourceLocation = #_sourceLocation) {
        let isThere = wait { events.count { $0 == event } >= times }
        #expect(isThere, "\(event) is not among \(events)", sourceLocation: location)
    }

    /// Waits until all that the engine has told so far was taken: the start of a container makes the runtime look at it.
    func settle(_ location: SourceLocation = #_sourceLocation) {
        settle(engine.add(aService, 99, project: "shop", status: "exited"), location)
    }

    /// The same where calls for a container are kept back.
    func settleWithoutLooking(_ location: SourceLocation = #_sourceLocation) {
        settle(
            engine.add(
                aService, 98, status: "exited",
                labels: ["com.docker.compose.oneoff": "False"]), location)
    }

    private var aService: String { (try? runtime.stack.services.keys.min()) ?? "" }

    private func settle(_ id: String, _ location: SourceLocation) {
        engine.change { $0.emit("start", id) }
        #expect(wait { !engine.requests("/containers/\(id)/json").isEmpty }, sourceLocation: location)
        engine.change { _ = $0.containers.removeValue(forKey: id) }
    }

    /// Waits until what was asked of an engine that is not there has come back.
    func settleWithoutEngine() {
        let marks = Marks()
        try? runtime.link.perform("settling") { _ in
        } then: { _ in
            marks.count += 1
        }
        _ = try? runtime.link.performCommand { _ in
        } then: { _ in
            marks.count += 1
        }
        _ = wait { marks.count == 2 }
    }

    func clear() { events = [] }

    func place(of event: String) -> Int? { events.firstIndex(of: event) }

    /// A service's container that runs, started by the runtime.
    func start(_ service: Service, _ number: Int = 1, run: Int = 1) throws -> String {
        try runtime.start(InstanceID(service.name, number), of: service, run: run)
        expect("started \(service.name)-\(number) run \(run)")
        return try #require(engine.id(of: service.name, number))
    }

    static func text(_ event: RuntimeEvent) -> String {
        switch event {
        case .started(let instance, let run, _): "started \(instance) run \(run)"
        case .startFailed(let instance, let run, let reason): "failed \(instance) run \(run): \(reason)"
        case .exited(let instance, let run, let exit):
            "exited \(instance) run \(run) "
                + (exit.code.map { "code \($0)" } ?? exit.signal.map { "signal \($0)" } ?? "?")
                + (exit.outOfMemory ? " out of memory" : "")
        case .ordersWithdrawn: "orders withdrawn"
        case .notified(let instance, _, let text): "notified \(instance): \(text)"
        case .commandEnded(let number, let result):
            "command \(number - ContainerRuntime.firstCommand): \(Self.text(result))"
        case .notice(let text): "notice: \(text)"
        case .adopted(let instance, let run, _, _, let launch):
            "adopted \(instance) run \(run)" + (launch.container == nil ? " to be replaced" : "")
        case .askedByHand(let service, let act): "\(act) \(service) by hand"
        case .noted(let instance, let text): "noted \(instance): \(text)"
        case .moved(let instance): "moved \(instance)"
        case .logKept(let instance): "log kept \(instance)"
        case .engineLost: "lost"
        case .engineFound: "found"
        }
    }

    private static func text(_ result: CommandResult) -> String {
        switch result {
        case .ended(let code, let output): "code \(code), \(output)"
        case .signalled(let signal, let output): "signal \(signal), \(output)"
        case .failed(let reason): "failed, \(reason)"
        }
    }
}

private final class Marks {
    var count = 0
}
