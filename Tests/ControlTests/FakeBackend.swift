import Dispatch
import Stack
import Synchronization

@testable import Control

/// A backend that says what it is told to and remembers what it was asked.
final class FakeBackend: ControlBackend {
    private let state: Mutex<(status: StackStatus, reply: ControlReply, commands: [ControlCommand])>
    private let families: [MetricFamily]
    private let gate = Mutex<Gate?>(nil)

    init(status: StackStatus = .example(), reply: ControlReply = .done("taken"), families: [MetricFamily] = []) {
        state = Mutex((status, reply, []))
        self.families = families
    }

    var commands: [ControlCommand] { state.withLock { $0.commands } }

    func set(reply: ControlReply) { state.withLock { $0.reply = reply } }

    func set(status: StackStatus) { state.withLock { $0.status = status } }

    func status() -> StackStatus { state.withLock { $0.status } }

    func metrics() -> [MetricFamily] { families }

    func events(_ query: EventQuery) -> [EventRecord] { [] }

    func waitForEvent(after id: Int64, patience: Duration) -> Bool { false }

    func incidents(before: Int64?, limit: Int, onlyOpen: Bool) -> [IncidentRecord] { [] }

    func incident(_ id: Int64) -> IncidentRecord? { nil }

    func explanation(of service: String) -> Explanation? { nil }

    /// Makes commands wait until the gate is opened.
    func holdCommands() -> Gate {
        let gate = Gate()
        self.gate.withLock { $0 = gate }
        return gate
    }

    func perform(_ command: ControlCommand, by actor: String) -> ControlReply {
        gate.withLock { $0 }?.pass()
        return state.withLock { state in
            state.commands.append(command)
            return state.reply
        }
    }
}

/// Holds one thread until another lets it go.
final class Gate: Sendable {
    private let held = DispatchSemaphore(value: 0)
    private let released = DispatchSemaphore(value: 0)

    func pass() {
        held.signal()
        released.wait()
    }

    func waitUntilHeld() { held.wait() }

    func release() { released.signal() }
}

extension StackStatus {
    static func example(_ overall: Overall = .healthy, services: [String: ServiceStatus]? = nil) -> StackStatus {
        StackStatus(
            stack: "shop", status: overall,
            services: services ?? ["redis": .example("redis"), "worker": .example("worker", instances: 2)],
            version: "0.1.0", processes: Processes(keeper: 10, healer: 11, gateway: nil),
            statusAddress: "127.0.0.1:10099", notices: ["memory limits need root"])
    }
}

extension ServiceStatus {
    static func example(
        _ name: String, state: Lifecycle = .running, health: Health = .healthy, lastError: String? = nil,
        instances: Int = 1
    ) -> ServiceStatus {
        ServiceStatus(
            state: state, health: health, since: "2026-01-31T10:00:00.250Z", restarts: 3, lastError: lastError,
            waitingOn: nil, operatorWill: nil, image: "redis:7",
            ports: [PortStatus(address: "0.0.0.0", published: 10011, target: 6379, transport: "tcp")],
            instances: (1...instances).map { number in
                InstanceStatus(
                    name: "\(name)-\(number)", state: state, health: health, pid: 4242, address: "127.20.0.2",
                    since: "2026-01-31T10:00:00.250Z", startedAt: "2026-01-31T09:59:59.900Z", restarts: 3,
                    exitCode: 137, lastError: lastError, waitingOn: nil, nextActionAt: nil, statusText: nil,
                    readyAfter: 0.35)
            })
    }
}
