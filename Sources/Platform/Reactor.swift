internal import CLinux
internal import Glibc
public import Stack

/// What a descriptor is watched for, or is ready for.
public struct Readiness: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// These bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Reading will not wait: there is data, a connection, or the end.
    public static let read = Readiness(rawValue: 1)
    /// Writing will not wait.
    public static let write = Readiness(rawValue: 2)
    /// The other side is gone or the descriptor failed; always reported.
    public static let closed = Readiness(rawValue: 4)
}

/// Names a watched descriptor of a reactor. A removed one means nothing any more, even where the kernel has given its
/// number to another file since.
public struct Registration: Hashable, Sendable {
    let descriptor: Int32
    let generation: UInt32
}

/// One thread that waits for descriptors and deadlines (epoll(7), timerfd_create(2)) and calls who asked for them.
///
/// It and everything registered with it belongs to the thread that calls `run`; other threads use `mailbox`.
public final class Reactor {
    private struct Watch {
        var generation: UInt32
        var handler: (Readiness) -> Void
    }

    private static let batch = 128

    private let poller: Int32
    private let clock: Int32
    private var watches: [Int32: Watch] = [:]
    private var nextGeneration: UInt32 = 1
    private var timers = TimerHeap()
    private var armed = Instant.distantFuture
    private var stopping = false
    private var signals: [Int32: () -> Void] = [:]
    private var signalDescriptor: Int32 = -1

    /// The way in for other threads.
    public let mailbox: Mailbox

    /// A reactor that watches nothing yet.
    public init() throws(SystemError) {
        mailbox = try Mailbox()
        poller = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard poller >= 0 else { throw SystemError.last("make an epoll instance") }
        clock = timerfd_create(CLOCK_BOOTTIME, Int32(TFD_CLOEXEC) | Int32(TFD_NONBLOCK))
        guard clock >= 0 else { throw SystemError.last("make a timer") }
        try register(mailbox.descriptor, for: .read) { [mailbox] _ in mailbox.deliver() }
        try register(clock, for: .read) { [unowned self] _ in self.drainClock() }
    }

    deinit {
        close(poller)
        close(clock)
        if signalDescriptor >= 0 { close(signalDescriptor) }
    }

    // MARK: Descriptors

    /// Watches `descriptor` until `remove`. The caller keeps owning and, after `remove`, closes it.
    @discardableResult
    public func register(
        _ descriptor: Int32, for interest: Readiness, handler: @escaping (Readiness) -> Void
    ) throws(SystemError) -> Registration {
        nextGeneration &+= 1
        let registration = Registration(descriptor: descriptor, generation: nextGeneration)
        try control(EPOLL_CTL_ADD, registration, interest)
        watches[descriptor] = Watch(generation: nextGeneration, handler: handler)
        return registration
    }

    /// Changes what a descriptor is watched for.
    public func update(_ registration: Registration, interest: Readiness) throws(SystemError) {
        guard watches[registration.descriptor]?.generation == registration.generation else { return }
        try control(EPOLL_CTL_MOD, registration, interest)
    }

    /// Stops watching. To be called before the descriptor is closed.
    public func remove(_ registration: Registration) {
        guard watches[registration.descriptor]?.generation == registration.generation else { return }
        watches[registration.descriptor] = nil
        epoll_ctl(poller, EPOLL_CTL_DEL, registration.descriptor, nil)
    }

    private func control(_ operation: Int32, _ registration: Registration, _ interest: Readiness) throws(SystemError) {
        var event = epoll_event()
        if interest.contains(.read) { event.events |= EPOLLIN.rawValue }
        if interest.contains(.write) { event.events |= EPOLLOUT.rawValue }
        event.data.u64 = UInt64(registration.generation) << 32 | UInt64(UInt32(bitPattern: registration.descriptor))
        guard epoll_ctl(poller, operation, registration.descriptor, &event) == 0 else {
            throw SystemError.last("watch descriptor \(registration.descriptor)")
        }
    }

    // MARK: Deadlines

    /// Has `action` run at `deadline`, or soon where that has passed.
    @discardableResult
    public func schedule(at deadline: Instant, _ action: @escaping () -> Void) -> TimerToken {
        timers.insert(deadline, action)
    }

    /// Forgets a timer; harmless where it has fired.
    public func cancel(_ token: TimerToken) {
        timers.cancel(token)
    }

    /// Sets the timer descriptor to the soonest deadline, for a wait of nanosecond precision.
    private func arm() {
        let soonest = timers.soonest() ?? .distantFuture
        guard soonest != armed else { return }
        armed = soonest
        var time = itimerspec()
        if soonest != .distantFuture {
            // Zero would disarm it: a deadline at the start of the clock is one nanosecond later.
            let nanoseconds = max(1, soonest.nanoseconds)
            time.it_value = timespec(
                tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        }
        timerfd_settime(clock, Int32(TFD_TIMER_ABSTIME), &time, nil)
    }

    private func drainClock() {
        var count: UInt64 = 0
        _ = retryingInterrupts { read(clock, &count, 8) }
        armed = .distantFuture
    }

    private func fireTimers() {
        // What an action sets for "now" waits for the next round, so that descriptors are never starved.
        let now = Instant.now()
        while !stopping, let action = timers.popDue(at: now) { action() }
    }

    // MARK: Signals

    /// Has `action` run on this thread for each arrival of `signal`, which no longer has its usual effect.
    public func onSignal(_ signal: Int32, _ action: @escaping () -> Void) throws(SystemError) {
        signals[signal] = action
        var set = sigset_t()
        sigemptyset(&set)
        for number in signals.keys { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        let descriptor = signalfd(signalDescriptor, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
        guard descriptor >= 0 else { throw SystemError.last("watch signal \(signal)") }
        guard signalDescriptor < 0 else { return }
        signalDescriptor = descriptor
        try register(descriptor, for: .read) { [unowned self] _ in self.readSignals() }
    }

    private func readSignals() {
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        while retryingInterrupts({ read(signalDescriptor, &information, size) }) == size {
            signals[Int32(bitPattern: information.ssi_signo)]?()
        }
    }

    // MARK: The loop

    /// Runs until `stop`.
    public func run() {
        stopping = false
        while !stopping { turn() }
    }

    /// Ends `run` after the present turn; to be called on the reactor's thread.
    public func stop() {
        stopping = true
    }

    /// Waits once and handles what came, timers first. Never waits longer than `limit`, where one is given.
    public func turn(limit: Duration? = nil) {
        arm()
        let timeout = limit.map { Int32(clamping: ($0.nanoseconds + 999_999) / 1_000_000) } ?? -1
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.batch) { events in
            let count = retryingInterrupts {
                epoll_wait(poller, events.baseAddress, Int32(Self.batch), timeout)
            }
            fireTimers()
            for index in 0..<max(0, Int(count)) where !stopping { dispatch(events[index]) }
        }
    }

    private func dispatch(_ event: epoll_event) {
        let descriptor = Int32(bitPattern: UInt32(truncatingIfNeeded: event.data.u64))
        let generation = UInt32(truncatingIfNeeded: event.data.u64 >> 32)
        guard let watch = watches[descriptor], watch.generation == generation else { return }
        var readiness: Readiness = []
        if event.events & EPOLLIN.rawValue != 0 { readiness.insert(.read) }
        if event.events & EPOLLOUT.rawValue != 0 { readiness.insert(.write) }
        if event.events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { readiness.insert(.closed) }
        watch.handler(readiness)
    }
}
