internal import Platform
internal import Stack

/// Writes a change at once, unless another was written just before: then with those that follow, a moment later.
final class PacedWriting {
    private static let interval = Duration.milliseconds(100)

    private let reactor: Reactor
    private let write: () -> Void
    private var writtenAt: Instant?
    private var isWritingSoon = false
    private var isStopped = false

    /// `write` writes all that has changed.
    init(reactor: Reactor, write: @escaping () -> Void) {
        self.reactor = reactor
        self.write = write
    }

    /// Something has changed.
    func noteChange() {
        guard !isWritingSoon else { return }
        guard let writtenAt, Instant.now() - writtenAt < Self.interval else { return writeNow() }
        isWritingSoon = true
        reactor.schedule(at: writtenAt + Self.interval) { [weak self] in
            self?.isWritingSoon = false
            self?.writeNow()
        }
    }

    /// Leaves the writing to another gateway.
    func stop() {
        isStopped = true
    }

    /// Writes at once, whenever the last time was.
    func writeNow() {
        guard !isStopped else { return }
        write()
        writtenAt = Instant.now()
    }
}
