internal import Control
internal import Stack
internal import Synchronization
internal import Wire

/// The newest picture of the stack, written by the healer's thread and read by those of the status API.
final class PublishedStatus: Sendable {
    private struct Contents {
        var status: StackStatus
        var counters: GatewayCounters
    }

    private let contents: Mutex<Contents>

    init(project: String) {
        contents = Mutex(
            Contents(
                status: StackStatus(
                    stack: project, status: .down, services: [:], version: HaleVersion.current,
                    processes: StackStatus.Processes(keeper: nil, healer: nil, gateway: nil), statusAddress: nil,
                    notices: []),
                counters: GatewayCounters(routes: [])))
    }

    var status: StackStatus { contents.withLock { $0.status } }

    var counters: GatewayCounters { contents.withLock { $0.counters } }

    func update(_ status: StackStatus) { contents.withLock { $0.status = status } }

    func update(_ counters: GatewayCounters) { contents.withLock { $0.counters = counters } }
}
