internal import Control
internal import Synchronization

/// The flags as judged last: written by the healer's thread, read by those of the status API without waiting for it.
final class PublishedFlags: Sendable {
    private let contents = Mutex<[FlagStatus]>([])

    var flags: [FlagStatus] { contents.withLock { $0 } }

    func update(_ flags: [FlagStatus]) { contents.withLock { $0 = flags } }
}
