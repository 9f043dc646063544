internal import Glibc

/// A thread for work that blocks: the pools of Dispatch and Swift Concurrency are no place for it, nor is a loop that others
/// wait for.
public enum DetachedThread {
    private final class Work {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    /// Runs `body` on a thread of its own, which no signal reaches; where none can be had `body` is not run.
    public static func start(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let work = Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        // Signals are for the thread that waits for them; here they would end the process.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, work.toOpaque())
        guard code == 0 else {
            work.release()
            throw SystemError(code: code, attempt: "start a thread")
        }
        pthread_detach(thread)
    }

    /// Runs `body` on a thread of its own; on the caller's where none can be had.
    public static func run(_ body: @escaping @Sendable () -> Void) {
        do { try start(body) } catch { body() }
    }
}
