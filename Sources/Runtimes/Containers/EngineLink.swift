internal import Engines
internal import Glibc
internal import Platform
internal import Stack
internal import Synchronization

/// The connection to a container engine: asks it on threads of its own, follows what happens there, and comes back when the
/// engine does.
final class EngineLink: Sendable {
    /// What the engine, or its absence, has to say.
    enum News: Sendable {
        /// It is there; these are the project's containers, and what has happened to them while nobody listened.
        case connected([ContainerDetails], missed: [ContainerEvent])
        /// Something happened to one of them.
        case happened(ContainerEvent)
        /// The project's containers, looked at once more.
        case seen([ContainerSummary])
        /// It is gone, or does not answer.
        case lost(String)
    }

    /// Everything that is followed; what commands in containers do (`exec_…`) is left out, as each check is three of these.
    private static let actions = [
        "start", "die", "stop", "kill", "oom", "pause", "unpause", "destroy", "rename", "restart",
    ]
    private static let second: Int64 = 1_000_000_000
    private static let retryInterval = Duration.milliseconds(250)
    private static let pulseInterval = Duration.seconds(2)
    private static let pulseLimit = Duration.seconds(5)

    private let client: EngineClient
    private let labels: [String]
    private let mailbox: Mailbox
    private let workers = EngineWorkers(limit: 8)
    /// Commands may hang for as long as they are allowed to, and are in nobody's way here.
    private let commandWorkers = EngineWorkers(limit: 32)
    private let commands = Atomic(0)
    private let state = Mutex(State())

    private struct State {
        var session: EngineSession?
        /// Where the engine keeps what belongs to containers, if that is on this machine.
        var folder: String?
        var isEnding = false
        /// When the last event happened, in nanoseconds since 1970.
        var lastEvent: Int64
        var isSilent = false
        /// Events of late, which the engine may tell again after it was connected to anew.
        var recent: [String] = []

        /// What was before is nobody's business.
        var beginning: Int64

        init() {
            lastEvent = Calendar.now()
            beginning = lastEvent
        }

        /// Whether an event is new. The engine tells those of different containers in about the order of their times.
        mutating func isNew(_ event: ContainerEvent) -> Bool {
            let time = event.timeNano ?? 0
            let key = "\(time) \(event.Action) \(event.Actor.ID)"
            guard time > max(beginning, lastEvent - EngineLink.disorder), !recent.contains(key) else { return false }
            recent.append(key)
            if recent.count > EngineLink.mostRecent { recent.removeFirst(EngineLink.mostRecent / 2) }
            lastEvent = max(lastEvent, time)
            return true
        }
    }

    /// Nanoseconds by which one event may be told after a later one.
    private static let disorder: Int64 = 2_000_000_000
    private static let mostRecent = 1_024

    /// Nothing is asked yet. `labels` are those of the project's containers.
    init(_ client: EngineClient, labels: [String], mailbox: Mailbox) {
        self.client = client
        self.labels = labels
        self.mailbox = mailbox
    }

    /// The address of the engine, as people write it.
    var address: String { client.endpoint.description }

    /// What is known of the connection now; nil where there is none.
    var session: EngineSession? { state.withLock { $0.session } }

    /// Where the engine keeps what belongs to containers; nil where that is not on this machine.
    var engineFolder: String? { state.withLock { $0.folder } }

    /// Whether the engine is on this machine, so that its processes and networks are this machine's.
    var isLocal: Bool {
        if case .unix = client.endpoint.way { true } else { false }
    }

    /// Follows the engine from now on, with what happened since `since` (nanoseconds since 1970), if that is given, first.
    /// `body` is called on the thread that has the mailbox.
    func follow(since: Int64?, _ body: @escaping (News) -> Void) {
        let receiver = Confined(body)
        if let since { state.withLock { ($0.lastEvent, $0.beginning) = (since, since) } }
        let tell: @Sendable (News) -> Void = { news in self.mailbox.post { receiver.value(news) } }
        DetachedThread.run { self.run(tell) }
        DetachedThread.run { self.feelPulse(tell) }
    }

    /// Ends what follows the engine.
    func end() {
        state.withLock { $0.isEnding = true }
    }

    /// Has `work` done by the engine, after all else with that key; `then` gets what came of it on the mailbox's thread. Where
    /// the engine is not there it fails at once.
    func perform<Answer: Sendable>(
        _ key: String, _ work: @escaping @Sendable (EngineSession) throws -> Answer,
        then: @escaping (Result<Answer, any Error>) -> Void
    ) {
        perform(workers, key, work, then)
    }

    /// The same for what may take long, beside everything else.
    func performCommand<Answer: Sendable>(
        _ work: @escaping @Sendable (EngineSession) throws -> Answer,
        then: @escaping (Result<Answer, any Error>) -> Void
    ) {
        let number = commands.add(1, ordering: .relaxed).newValue
        perform(commandWorkers, "\(number)", work, then)
    }

    private func perform<Answer: Sendable>(
        _ workers: EngineWorkers, _ key: String, _ work: @escaping @Sendable (EngineSession) throws -> Answer,
        _ then: @escaping (Result<Answer, any Error>) -> Void
    ) {
        let receiver = Confined(then)
        workers.post(key) {
            let result = Result<Answer, any Error> {
                guard let session = self.session else {
                    throw EngineError.unreachable("\(self.address): not connected")
                }
                return try work(session)
            }
            self.mailbox.post { receiver.value(result) }
        }
    }

    // MARK: Following

    private var isEnding: Bool { state.withLock { $0.isEnding } }

    private func run(_ tell: @escaping @Sendable (News) -> Void) {
        var told: String?
        while !isEnding {
            do throws(EngineError) {
                let session = try client.connect()
                let began = Calendar.now()
                let missed = try missedEvents(session, until: began)
                let containers = try read(session)
                let folder = isLocal ? try session.folder() : nil
                state.withLock { ($0.session, $0.folder) = (session, folder) }
                told = nil
                tell(.connected(containers, missed: missed))
                follow(session, since: began / Self.second, tell)
                lose("it has ended", &told, tell)
            } catch {
                lose(error.reason, &told, tell)
            }
            pause(Self.retryInterval)
        }
    }

    private func lose(_ reason: String, _ told: inout String?, _ tell: (News) -> Void) {
        state.withLock { $0.session = nil }
        guard told == nil, !isEnding else { return }
        told = reason
        tell(.lost(reason))
    }

    private func read(_ session: EngineSession) throws(EngineError) -> [ContainerDetails] {
        var containers: [ContainerDetails] = []
        for summary in try session.containers(labels: labels) {
            if let details = try session.containerIfPresent(summary.Id) { containers.append(details) }
        }
        return containers
    }

    /// What has happened since the last event. An engine that was started anew remembers nothing of what was before.
    private func missedEvents(_ session: EngineSession, until now: Int64) throws(EngineError) -> [ContainerEvent] {
        let since = state.withLock { $0.lastEvent }
        let missed = Mutex<[ContainerEvent]>([])
        // To the nanosecond: what follows is told to those who know of the containers already.
        try session.events(Self.actions, labels: labels, since: since / Self.second, until: now) {
            event in
            if event.timeNano ?? 0 > since, self.state.withLock({ $0.isNew(event) }) {
                missed.withLock { $0.append(event) }
            }
            return true
        }
        return missed.withLock { $0 }
    }

    /// Hands on what happens until the engine says no more, however it ends that.
    private func follow(_ session: EngineSession, since: Int64, _ tell: @escaping @Sendable (News) -> Void) {
        try? session.events(Self.actions, labels: labels, since: since) { event in
            if self.state.withLock({ $0.isNew(event) }) { tell(.happened(event)) }
            return !self.isEnding
        }
    }

    /// An engine that was stopped says nothing, and its connection stays as it is.
    private func feelPulse(_ tell: @escaping @Sendable (News) -> Void) {
        let client = EngineClient(client.endpoint, timeout: Self.pulseLimit)
        while !isEnding {
            pause(Self.pulseInterval)
            guard session != nil else { continue }
            let isSilent: Bool
            do throws(EngineError) {
                tell(.seen(try client.connect().containers(labels: labels)))
                isSilent = false
            } catch {
                isSilent = error == .timedOut
            }
            let changed = state.withLock { state in
                defer { state.isSilent = isSilent }
                return state.isSilent != isSilent
            }
            guard changed else { continue }
            if isSilent {
                tell(.lost("it does not answer"))
            } else if let session, let containers = try? read(session) {
                tell(.connected(containers, missed: []))
            }
        }
    }

    private func pause(_ time: Duration) {
        usleep(UInt32(clamping: time.nanoseconds / 1_000))
    }
}
