internal import Glibc
internal import Platform
internal import Synchronization

/// A thread that does one thing after the other.
final class SerialThread: Sendable {
    private let mailbox: Mailbox
    private let isEnding = Atomic(false)

    init() throws(SystemError) {
        mailbox = try Mailbox()
        try DetachedThread.start { self.run() }
    }

    /// Has it do that, after what it was given before.
    func post(_ work: @escaping @Sendable () -> Void) {
        mailbox.post(work)
    }

    private func run() {
        while !isEnding.load(ordering: .relaxed) {
            var watched = pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0)
            poll(&watched, 1, -1)
            mailbox.deliver()
        }
    }

    /// Ends it after what it was given.
    func end() {
        post { self.isEnding.store(true, ordering: .relaxed) }
    }
}
