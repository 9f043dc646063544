internal import Control
internal import Dispatch
internal import Stack
internal import Synchronization

/// Carries one answer from the healer's thread to the caller that waits for it.
final class AnswerSlot<Answer: Sendable>: Sendable {
    private let answer = Mutex<Answer?>(nil)
    private let ready = DispatchSemaphore(value: 0)

    func fill(_ value: Answer) {
        answer.withLock { $0 = value }
        ready.signal()
    }

    /// The answer, or nil if none came in time.
    func wait(_ patience: Duration) -> Answer? {
        _ = ready.wait(timeout: .now() + .nanoseconds(Int(patience.nanoseconds)))
        return answer.withLock { $0 }
    }
}

/// Carries what became of a command.
typealias ReplySlot = AnswerSlot<ControlReply>
