internal import CLinux
internal import Glibc
internal import Synchronization

/// Takes closures from any thread and has the one that reads it run them, in order: that of a reactor, or of another loop.
public final class Mailbox: Sendable {
    private let letters = Mutex<[@Sendable () -> Void]>([])
    /// Readable while there is something to run.
    public let descriptor: Int32

    /// An empty one.
    public init() throws(SystemError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard descriptor >= 0 else { throw SystemError.last("make an eventfd") }
    }

    deinit { close(descriptor) }

    /// Has the other thread run `letter` soon.
    public func post(_ letter: @escaping @Sendable () -> Void) {
        letters.withLock { $0.append(letter) }
        var one: UInt64 = 1
        // A full counter (EAGAIN) means that it is awake already.
        _ = retryingInterrupts { write(descriptor, &one, 8) }
    }

    /// Runs what has come so far; for the thread that reads it.
    public func deliver() {
        var count: UInt64 = 0
        _ = retryingInterrupts { read(descriptor, &count, 8) }
        let ready = letters.withLock { letters in
            let all = letters
            letters = []
            return all
        }
        for letter in ready { letter() }
    }
}
