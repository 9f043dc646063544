internal import CLinux
internal import Glibc
internal import Platform
internal import Stack
internal import Synchronization

/// The readers of one socket that follow the events. One thread waits for news on behalf of all, and only while there
/// are readers.
final class EventStreams: Sendable {
    /// How long the one thread waits for news before it looks whether anybody still wants them.
    private static let patience = Duration.seconds(1)

    private struct State {
        /// The bells (eventfd) of the readers, by number.
        var bells: [Int: Int32] = [:]
        var nextNumber = 0
        var isWatching = false
        var isEnding = false
    }

    private let state = Mutex(State())
    private let backend: any ControlBackend
    private let most: Int
    private let silence: Duration

    /// More readers than `most` are turned away; each gets a sign of life after that much `silence`.
    init(backend: any ControlBackend, most: Int, silence: Duration) {
        self.backend = backend
        self.most = most
        self.silence = silence
    }

    /// Whether all readers are to be let go.
    var isEnding: Bool { state.withLock { $0.isEnding } }

    /// A reader's place, or nil where all are taken or the end has come. `descriptor` is its connection.
    func open(_ request: EventStreamRequest, descriptor: Int32) -> EventReader? {
        let bell = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard bell >= 0 else { return nil }
        let opened: (number: Int, mustWatch: Bool)? = state.withLock { state in
            guard !state.isEnding, state.bells.count < most else { return nil }
            state.nextNumber += 1
            state.bells[state.nextNumber] = bell
            defer { state.isWatching = true }
            return (state.nextNumber, !state.isWatching)
        }
        guard let opened else {
            Glibc.close(bell)
            return nil
        }
        if opened.mustWatch { DetachedThread.run { self.watch() } }
        return EventReader(
            EventStream(request, newest: EventStream.newest(of: backend)), number: opened.number, bell: bell,
            connection: descriptor, silence: silence, streams: self, backend: backend)
    }

    /// Lets all readers go, and takes no more.
    func end() {
        state.withLock { state in
            state.isEnding = true
            Self.ring(state)
        }
    }

    fileprivate func close(_ number: Int) {
        // Under the lock, so that nobody rings a bell whose number has become somebody else's.
        state.withLock { state in
            if let bell = state.bells.removeValue(forKey: number) { Glibc.close(bell) }
        }
    }

    private func watch() {
        var seen = EventStream.newest(of: backend)
        // Whoever came before `seen` was read has not been told of what happened until then.
        state.withLock { Self.ring($0) }
        while mayGoOn() {
            guard backend.waitForEvent(after: seen, patience: Self.patience) else { continue }
            let newest = EventStream.newest(of: backend)
            // A journal that announces what it does not have must not make this thread spin.
            if newest <= seen { usleep(100_000) }
            seen = max(seen, newest)
            state.withLock { Self.ring($0) }
        }
    }

    /// Whether there is a reader to wait for; the decision to end is made with the lock held, so that a reader that comes
    /// then starts a thread anew.
    private func mayGoOn() -> Bool {
        state.withLock { state in
            state.isWatching = !state.isEnding && !state.bells.isEmpty
            return state.isWatching
        }
    }

    private static func ring(_ state: borrowing State) {
        for bell in state.bells.values { _ = eventfd_write(bell, 1) }
    }
}

/// One reader that follows the events; used by its connection's thread alone.
final class EventReader {
    private var stream: EventStream
    private var pending: [UInt8]
    private var sent = 0
    private let number: Int
    private let bell: Int32
    private let connection: Int32
    private let silence: Duration
    private let streams: EventStreams
    private let backend: any ControlBackend

    fileprivate init(
        _ stream: EventStream, number: Int, bell: Int32, connection: Int32, silence: Duration,
        streams: EventStreams, backend: any ControlBackend
    ) {
        self.stream = stream
        self.number = number
        self.bell = bell
        self.connection = connection
        self.silence = silence
        self.streams = streams
        self.backend = backend
        pending = Array(stream.greeting.utf8)
    }

    /// Gives its place back.
    func close() { streams.close(number) }

    /// Fills `buffer` with what comes next and returns how many bytes that is; waits until there is something. Nil is the
    /// end: the server stops or the reader has gone.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        while sent == pending.count {
            guard !streams.isEnding, !stream.isOver else { return nil }
            sent = 0
            pending = Array(stream.next(from: backend).utf8)
            if pending.isEmpty, !stream.isOver {
                switch waitForNews() {
                case .news: break
                case .silence: pending = Array(EventStream.keepAlive.utf8)
                case .gone: return nil
                }
            }
        }
        let count = min(buffer.count, pending.count - sent)
        buffer.copyBytes(from: pending[sent..<sent + count])
        sent += count
        return count
    }

    private enum News {
        case news, silence, gone
    }

    private func waitForNews() -> News {
        // POLLRDHUP, which needs _GNU_SOURCE by name: a reader that goes away is seen at once, not at the next write.
        let hangUp: Int16 = 0x2000
        var watched = [
            pollfd(fd: bell, events: Int16(POLLIN), revents: 0), pollfd(fd: connection, events: hangUp, revents: 0),
        ]
        let count = poll(&watched, 2, Int32(clamping: Int(silence.seconds * 1000)))
        if count == 0 { return .silence }
        if watched[1].revents != 0 { return .gone }
        var rings: eventfd_t = 0
        _ = eventfd_read(bell, &rings)
        return .news
    }
}
