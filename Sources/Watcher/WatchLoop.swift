internal import Engines
internal import Glibc
internal import Healing
internal import Platform
internal import Stack

/// Joins the pure watch to an engine: what the engine says becomes events, restarts are carried out. One thread owns it;
/// whatever waits for the engine does so on other threads.
final class WatchLoop {
    private static let actions = [
        "health_status", "start", "die", "stop", "pause", "unpause", "destroy", "rename", "restart",
    ]
    private static let retryIntervals: [Duration] = [.milliseconds(200), .seconds(1), .seconds(2), .seconds(5)]
    /// Every so many looks are at all containers, whatever else says that there is nothing new.
    private static let thoroughLook = 12
    /// Events so many seconds old are asked for as well: the clock of another machine may be behind.
    private static let overlap: Int64 = 10

    private let settings: WatchSettings
    private let reporter: WatchReporter
    private let reactor: Reactor
    private let engine: EngineThread
    private let messenger: RestartMessenger
    private let endpoint: EngineEndpoint
    private let line: LoopLine
    private let journal: WatchJournal
    private var watch = ContainerWatch(seed: UInt64(bitPattern: Instant.now().nanoseconds))
    private var timer: TimerToken?
    private var lookTimer: TimerToken?
    private var session: EngineSession?
    private var attempts = 0
    private var wasReady = false
    private var looks = 0
    /// When the engine was asked for the last look that it answered.
    private var lookedAt: Instant?
    private var problem: String?

    init(
        _ settings: WatchSettings, _ endpoint: EngineEndpoint, _ locations: Locations, _ reporter: WatchReporter
    ) throws(SystemError) {
        self.settings = settings
        self.reporter = reporter
        self.endpoint = endpoint
        reactor = try Reactor()
        messenger = RestartMessenger(settings)
        let line = LoopLine(reactor.mailbox)
        self.line = line
        journal = try WatchJournal(locations) { sentence in line.tell { $0.note(sentence) } }
        engine = try EngineThread(EngineClient(endpoint, timeout: settings.callTimeout), settings, line)
        line.loop = self
    }

    /// Runs until SIGTERM or SIGINT.
    func run() throws {
        // Before there are threads of a library's own, which would otherwise take these signals.
        for signal in [SIGTERM, SIGINT] { try reactor.onSignal(signal) { [reactor] in reactor.stop() } }
        let monitor = try settings.listen.map { try WatchMonitor(at: $0, line) }
        if let address = settings.listen { reporter.line("metrics and status at http://\(address)") }
        beat()
        if settings.startPeriod > .zero {
            reporter.line("looking at containers in \(DurationText.format(settings.startPeriod))")
        }
        reactor.schedule(at: Instant.now() + settings.startPeriod) { [weak self] in self?.connect() }
        reactor.run()
        monitor?.end()
        engine.end()
        journal.end()
    }

    /// How it stands now.
    var picture: WatchPicture {
        WatchPicture(
            engine: endpoint, version: session?.engine, problem: problem,
            sinceLook: lookedAt.map { Instant.now() - $0 }, standings: watch.standings)
    }

    private func beat() {
        guard let interval = reporter.aliveInterval else { return }
        reporter.alive()
        reactor.schedule(at: Instant.now() + interval) { [weak self] in self?.beat() }
    }

    // MARK: The engine

    private func connect() {
        engine.connect { loop, result in
            switch result {
            case .success((let session, let containers, let asked)): loop.connected(session, containers, asked)
            case .failure(let error): loop.lost(error)
            }
        }
    }

    private func connected(_ session: EngineSession, _ containers: [WatchedContainer], _ asked: Instant) {
        self.session = session
        attempts = 0
        let watched = containers.count { $0.isWatched && $0.health != .none }
        let count = "\(watched) of \(containers.count) \(containers.count == 1 ? "container" : "containers")"
        if problem != nil { reporter.line("the engine is back; watching \(count)") }
        if problem == nil, !wasReady { reporter.line("watching \(count)") }
        problem = nil
        if !wasReady { reporter.ready("watching \(count)") }
        wasReady = true
        engine.follow(session, Self.actions, since: Int64(time(nil)) - Self.overlap) { loop, event in
            switch event {
            case .happened(let action, let id):
                if action == "destroy" { loop.feed(.removed(id)) } else { loop.look(at: id) }
            case .ended(let error): loop.lost(error)
            }
        }
        if lookedAt == nil { journal.settle(containers) }
        found(containers, asked)
        lookAgain()
    }

    /// Nothing is known any more; what is under way goes on.
    private func lost(_ error: EngineError?) {
        session = nil
        let sentence = error?.description ?? "the engine has ended the stream of events"
        if problem == nil, error != nil || attempts > 0 { reporter.line("\(sentence); trying again") }
        if error != nil || attempts > 0 { problem = sentence }
        let interval = Self.retryIntervals[min(attempts, Self.retryIntervals.count - 1)]
        attempts += 1
        reactor.schedule(at: Instant.now() + interval) { [weak self] in self?.connect() }
    }

    private func lookAgain() {
        if let lookTimer { reactor.cancel(lookTimer) }
        lookTimer = reactor.schedule(at: Instant.now() + settings.interval) { [weak self] in
            guard let self, let session else { return }
            looks &+= 1
            // Podman's events tell nothing of health, so that each look has to.
            let isThorough = session.isPodman || looks.isMultiple(of: Self.thoroughLook)
            engine.look(session, isThorough: isThorough) { loop, look, asked in
                switch look {
                case .all(let containers): loop.found(containers, asked)
                case .nothingNew: loop.lookedAt = asked
                case .silence: break
                }
                loop.lookAgain()
            }
        }
    }

    private func look(at id: String) {
        guard let session else { return }
        engine.one(id, session) { loop, container, asked in
            loop.feed(container.map { .changed($0, asOf: asked) } ?? .removed(id))
        }
    }

    // MARK: The watch

    private func found(_ containers: [WatchedContainer], _ asked: Instant) {
        lookedAt = asked
        feed(.found(containers, asOf: asked))
    }

    private func feed(_ event: WatchEvent) {
        var notes: [WatchNote] = []
        var restarts: [WatchedContainer] = []
        for effect in watch.handle(event, at: Instant.now()) {
            switch effect {
            case .note(let note): notes.append(note)
            case .restart(let container): restarts.append(container)
            }
        }
        for note in notes { reporter.line(note.text) }
        // The incident is there before what belongs to it: what is printed, and how the restart goes.
        if !notes.isEmpty { journal.take(notes) }
        for container in restarts { restart(container) }
        arm()
    }

    private func restart(_ container: WatchedContainer) {
        guard let session else { return restarted(container, "the engine cannot be reached") }
        if container.health == .unhealthy {
            engine.findEvidence(of: container, session) { [journal] in journal.add($0) }
        }
        engine.restart(container, session) { loop, failure in loop.restarted(container, failure) }
    }

    private func restarted(_ container: WatchedContainer, _ failure: String?) {
        let tell: @Sendable (String) -> Void = { [line] sentence in line.tell { $0.note(sentence) } }
        messenger.send(container, failed: failure != nil, tell: tell)
        if let command = settings.script { RestartScript(command: command).run(container, tell: tell) }
        // In a turn of its own, where a restart ends before its order is dealt with.
        reactor.schedule(at: Instant.now()) { [weak self] in
            self?.feed(.restarted(container.id, failure: failure))
            self?.look(at: container.id)
        }
    }

    /// Something that a thread beside this one has to say.
    func note(_ sentence: String) {
        reporter.line(sentence)
    }

    private func arm() {
        if let timer { reactor.cancel(timer) }
        timer = watch.nextDeadline.map { deadline in
            reactor.schedule(at: deadline) { [weak self] in
                self?.timer = nil
                self?.feed(.timePassed)
            }
        }
    }
}
