internal import CLinux
internal import Glibc
internal import Platform
internal import Stack
internal import Synchronization
internal import Wire

/// A forwarder on a thread of its own, which waits for nothing but its events.
final class ForwardingLoop: Sendable {
    private let owned: Confined<Owned>
    private let mailbox: Mailbox
    private let isEnding = Atomic(false)
    /// Readable once the thread has ended.
    private let ended = eventfd(0, Int32(EFD_CLOEXEC))

    private final class Owned {
        var forwarder: Forwarder?

        init(_ forwarder: Forwarder) {
            self.forwarder = forwarder
        }
    }

    /// Starts the thread, which `top -H` shows by that number. `onBreakers` is called there when a breaker's state is another
    /// one.
    init(_ forwarder: Forwarder, number: Int = 0, onBreakers: @escaping @Sendable () -> Void) throws(SystemError) {
        mailbox = try Mailbox()
        forwarder.watch(mailbox)
        owned = Confined(Owned(forwarder))
        try DetachedThread.start {
            hale_name_thread("loop \(number)")
            self.run(onBreakers)
        }
    }

    deinit { close(ended) }

    /// Has the thread do that, after what it was given before.
    func post(_ body: @escaping @Sendable (Forwarder) -> Void) {
        mailbox.post { [owned] in owned.value.forwarder.map(body) }
    }

    /// Ends the thread and all connections. It waits for that two seconds at most.
    func end() {
        guard !isEnding.exchange(true, ordering: .relaxed) else { return }
        post { _ in }
        var watched = pollfd(fd: ended, events: Int16(POLLIN), revents: 0)
        poll(&watched, 1, 2_000)
    }

    private func run(_ onBreakers: @Sendable () -> Void) {
        turn(onBreakers)
        owned.value.forwarder = nil
        var one: UInt64 = 1
        _ = write(ended, &one, 8)
    }

    private func turn(_ onBreakers: @Sendable () -> Void) {
        guard let forwarder = owned.value.forwarder else { return }
        var noted = forwarder.breakerRevision
        while !isEnding.load(ordering: .relaxed) {
            forwarder.turn(milliseconds: -1)
            guard forwarder.breakerRevision != noted else { continue }
            noted = forwarder.breakerRevision
            onBreakers()
        }
        forwarder.endAccessLogs()
    }
}
