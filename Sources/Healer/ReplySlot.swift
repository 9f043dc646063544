internal import Control
internal import Dispatch
internal import Stack
internal import Synchronization

/// Carries one reply from the healer's thread to the caller that waits for it.
final class ReplySlot: Sendable {
    private let reply = Mutex<ControlReply?>(nil)
    private let ready = DispatchSemaphore(value: 0)

    func fill(_ value: ControlReply) {
        reply.withLock { $0 = value }
        ready.signal()
    }

    /// The reply, or nil if none came in time.
    func wait(_ patience: Duration) -> ControlReply? {
        _ = ready.wait(timeout: .now() + .nanoseconds(Int(patience.nanoseconds)))
        return reply.withLock { $0 }
    }
}
