internal import CLinux
internal import Glibc

/// What an epoll event is about, packed into the 64 bits that epoll carries for it. The generation tells an event of a
/// connection that has ended within the same batch from one of the connection that took its record.
struct Token: Equatable {
    enum Kind: UInt64 {
        case client = 0
        case server = 1
        case listener = 2
        case timer = 3
        case idle = 4
        case hedge = 5
        case secure = 6
        case plain = 7
        case queue = 8
        case mail = 9
    }

    let kind: Kind
    let place: Int32
    let generation: UInt32

    init(_ kind: Kind, place: Int32, generation: UInt32) {
        self.kind = kind
        self.place = place
        self.generation = generation
    }

    /// The token of an event.
    init(bits: UInt64) {
        kind = Kind(rawValue: bits & 15) ?? .timer
        place = Int32(truncatingIfNeeded: (bits & 0xFFFF_FFFF) >> 4)
        generation = UInt32(truncatingIfNeeded: bits >> 32)
    }

    var bits: UInt64 {
        UInt64(generation) << 32 | UInt64(UInt32(bitPattern: place)) << 4 | kind.rawValue
    }
}

/// An epoll instance with one timer in it.
final class Poller {
    static let readable = EPOLLIN.rawValue
    static let writable = EPOLLOUT.rawValue
    static let peerClosed = EPOLLRDHUP.rawValue
    static let hungUp = EPOLLHUP.rawValue
    static let failed = EPOLLERR.rawValue

    private static let batch = 256

    /// Readable whenever `wait` has something to give, so that another loop can watch it.
    let descriptor: Int32
    private let timer: Int32
    private let events: UnsafeMutablePointer<epoll_event>
    /// When the timer fires, in nanoseconds on the monotonic clock; nil is never.
    private var armed: Int64?

    /// Nil where the kernel gives no descriptor; `errno` says why.
    init?() {
        let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        let timer = timerfd_create(CLOCK_BOOTTIME, Int32(TFD_NONBLOCK) | Int32(TFD_CLOEXEC))
        events = .allocate(capacity: Self.batch)
        descriptor = epoll
        self.timer = timer
        guard epoll >= 0, timer >= 0 else { return nil }
        set(timer, Self.readable, Token(.timer, place: 0, generation: 0), operation: EPOLL_CTL_ADD)
    }

    deinit {
        if timer >= 0 { close(timer) }
        if descriptor >= 0 { close(descriptor) }
        events.deallocate()
    }

    func add(_ descriptor: Int32, _ interest: UInt32, _ token: Token) {
        set(descriptor, interest, token, operation: EPOLL_CTL_ADD)
    }

    func change(_ descriptor: Int32, _ interest: UInt32, _ token: Token) {
        set(descriptor, interest, token, operation: EPOLL_CTL_MOD)
    }

    func remove(_ descriptor: Int32) {
        var event = epoll_event()
        epoll_ctl(self.descriptor, EPOLL_CTL_DEL, descriptor, &event)
    }

    private func set(_ descriptor: Int32, _ interest: UInt32, _ token: Token, operation: Int32) {
        var event = epoll_event()
        event.events = interest
        event.data.u64 = token.bits
        epoll_ctl(self.descriptor, operation, descriptor, &event)
    }

    /// Waits up to `milliseconds` (-1 is for ever), hands each event on, and returns how many there were.
    func wait(milliseconds: Int32, _ body: (Token, UInt32) -> Void) -> Int {
        let count = Int(epoll_wait(descriptor, events, Int32(Self.batch), milliseconds))
        guard count > 0 else { return 0 }
        for index in 0..<count {
            let event = events[index]
            body(Token(bits: event.data.u64), event.events)
        }
        return count
    }

    /// Has the timer fire at `deadline` or earlier. Firing early only costs a look at what is due, so a later deadline
    /// does not touch the kernel.
    func wake(at deadline: Int64) {
        if let armed, armed <= deadline { return }
        arm(deadline)
    }

    /// To be called when the timer has fired; `wake` is needed again.
    func timerFired() {
        var expirations: UInt64 = 0
        read(timer, &expirations, 8)
        armed = nil
    }

    private func arm(_ deadline: Int64) {
        armed = deadline
        // Zero would disarm the timer; anything past fires at once.
        let instant = max(deadline, 1)
        var value = itimerspec()
        value.it_value = timespec(tv_sec: Int(instant / 1_000_000_000), tv_nsec: Int(instant % 1_000_000_000))
        timerfd_settime(timer, Int32(TFD_TIMER_ABSTIME), &value, nil)
    }

    /// Nanoseconds on the clock of the timer.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
