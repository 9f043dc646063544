internal import Glibc
internal import Stack

/// A value that several threads share, and whose changes they can wait for.
///
/// Unchecked: the value is touched only with the mutex held.
final class Monitor<Value: Sendable>: @unchecked Sendable {
    private var value: Value
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init(_ value: Value) {
        self.value = value
        var kind = pthread_mutexattr_t()
        pthread_mutexattr_init(&kind)
        // A thread that is real-time must not wait for an ordinary one that others keep from running.
        pthread_mutexattr_setprotocol(&kind, Int32(PTHREAD_PRIO_INHERIT))
        pthread_mutex_init(mutex, &kind)
        pthread_mutexattr_destroy(&kind)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // Waiting is a span of time: a clock that is set back must not make it longer.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func read<Result>(_ body: (Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(value)
    }

    /// Changes the value and wakes those who wait for it.
    func change<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        return try body(&value)
    }

    /// Waits until `isReached` or that much time has passed; whether it is reached.
    func wait(_ patience: Duration, until isReached: (Value) -> Bool) -> Bool {
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        let nanoseconds = max(0, min(patience.nanoseconds, 1_000_000_000_000_000))
        let total = Int64(end.tv_nsec) + nanoseconds
        end.tv_sec += Int(total / 1_000_000_000)
        end.tv_nsec = Int(total % 1_000_000_000)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isReached(value) {
            if pthread_cond_timedwait(condition, mutex, &end) == ETIMEDOUT { return isReached(value) }
        }
        return true
    }
}
