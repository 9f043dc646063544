internal import Control
internal import Dispatch
internal import Platform
internal import Stack
internal import Synchronization
internal import Wire

/// The newest picture of the stack, drawn by the healer's thread and read by those of the status API.
///
/// A picture names every service, and with a thousand of them something happens a hundred times a second: it is drawn
/// when somebody asks and something has happened since, not at every event.
final class PublishedStatus: Sendable {
    /// How long a reader waits for a newer picture before the last one has to do.
    private static let patience = DispatchTimeInterval.seconds(1)

    private struct Contents {
        var status: StackStatus
        var stack: Stack
        var counters: GatewayCounters
        var calls: [GatewayCalls.Counts] = []
        var isOutdated = false
        /// Has the healer's thread draw.
        var redraw: (@Sendable () -> Void)?
    }

    private let contents: Mutex<Contents>
    private let mailbox: Mailbox

    init(project: String, mailbox: Mailbox) {
        self.mailbox = mailbox
        contents = Mutex(
            Contents(
                status: StackStatus(
                    stack: project, status: .down, services: [:], version: HaleVersion.current,
                    processes: StackStatus.Processes(keeper: nil, healer: nil, gateway: nil), statusAddress: nil,
                    notices: []),
                stack: Stack(name: project, directory: "/", services: []), counters: GatewayCounters(routes: [])))
    }

    /// Sets who draws; it is called on the healer's thread and is to call `update`.
    func connect(_ redraw: @escaping @Sendable () -> Void) {
        contents.withLock { $0.redraw = redraw }
    }

    /// Something has happened: the next reader gets a new picture.
    func outdate() {
        contents.withLock { $0.isOutdated = true }
    }

    /// Everything that happened before the call is in it, unless the healer's thread is too busy to say. Not to be asked
    /// on that thread.
    var status: StackStatus {
        let redraw = contents.withLock { $0.isOutdated ? $0.redraw : nil }
        if let redraw {
            let drawn = DispatchSemaphore(value: 0)
            mailbox.post { [self] in
                // Another reader may have asked for it a moment earlier.
                if contents.withLock({ $0.isOutdated }) { redraw() }
                drawn.signal()
            }
            _ = drawn.wait(timeout: .now() + Self.patience)
        }
        return contents.withLock { $0.status }
    }

    var counters: GatewayCounters { contents.withLock { $0.counters } }

    /// The stack of the last picture, as its file says it.
    var stack: Stack { contents.withLock { $0.stack } }

    func update(_ status: StackStatus, of stack: Stack) {
        contents.withLock {
            $0.status = status
            $0.stack = stack
            $0.isOutdated = false
        }
    }

    func update(_ counters: GatewayCounters) { contents.withLock { $0.counters = counters } }

    /// Calls by instance and port.
    var calls: [GatewayCalls.Counts] { contents.withLock { $0.calls } }

    func update(_ calls: [GatewayCalls.Counts]) { contents.withLock { $0.calls = calls } }
}
