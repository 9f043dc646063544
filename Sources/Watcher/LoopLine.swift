internal import Dispatch
internal import Platform
internal import Stack
internal import Synchronization

/// The way to the loop from other threads.
///
/// Unchecked: the loop is set before there are other threads, and touched by letters alone, which its own thread runs.
final class LoopLine: @unchecked Sendable {
    weak var loop: WatchLoop?
    private let mailbox: Mailbox

    init(_ mailbox: Mailbox) {
        self.mailbox = mailbox
    }

    /// Has the loop do that soon.
    func tell(_ body: @escaping @Sendable (WatchLoop) -> Void) {
        mailbox.post { [self] in loop.map(body) }
    }

    /// What the loop answers; nil where it does not in that time. Not for its own thread.
    func ask<Answer: Sendable>(
        within patience: Duration, _ question: @escaping @Sendable (WatchLoop) -> Answer
    ) -> Answer? {
        let slot = Slot<Answer>()
        tell { slot.put(question($0)) }
        return slot.wait(patience)
    }

    private final class Slot<Answer: Sendable>: Sendable {
        private let answer = Mutex<Answer?>(nil)
        private let ready = DispatchSemaphore(value: 0)

        func put(_ answer: Answer) {
            self.answer.withLock { $0 = answer }
            ready.signal()
        }

        func wait(_ patience: Duration) -> Answer? {
            _ = ready.wait(timeout: .now() + .milliseconds(Int(patience.seconds * 1000)))
            return answer.withLock { $0 }
        }
    }
}
