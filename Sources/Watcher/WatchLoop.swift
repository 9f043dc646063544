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
    /// Events so many seconds old are asked for as well: the clock of another machine may be behind.
    private static let overlap: Int64 = 10

    private let settings: WatchSettings
    private let reporter: WatchReporter
    private let reactor: Reactor
    private let engine: EngineThread
    private let messenger: RestartMessenger
    private var watch = ContainerWatch(seed: UInt64(bitPattern: Instant.now().nanoseconds))
    private var timer: TimerToken?
    private var lookTimer: TimerToken?
    private var session: EngineSession?
    private var attempts = 0
    private var wasReady = false
    private var problem: String?

    init(_ settings: WatchSettings, _ endpoint: EngineEndpoint, _ reporter: WatchReporter) throws(SystemError) {
        self.settings = settings
        self.reporter = reporter
        reactor = try Reactor()
        messenger = RestartMessenger(settings)
        engine = try EngineThread(EngineClient(endpoint, timeout: settings.callTimeout), settings, reactor.mailbox)
        engine.connect(to: self)
    }

    /// Runs until SIGTERM or SIGINT.
    func run() throws(SystemError) {
        for signal in [SIGTERM, SIGINT] { try reactor.onSignal(signal) { [reactor] in reactor.stop() } }
        beat()
        if settings.startPeriod > .zero {
            reporter.line("looking at containers in \(DurationText.format(settings.startPeriod))")
        }
        reactor.schedule(at: Instant.now() + settings.startPeriod) { [weak self] in self?.connect() }
        reactor.run()
        engine.end()
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
        feed(.found(containers, asOf: asked))
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
            engine.all(session) { loop, containers, asked in
                if let containers { loop.feed(.found(containers, asOf: asked)) }
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

    private func feed(_ event: WatchEvent) {
        for effect in watch.handle(event, at: Instant.now()) {
            switch effect {
            case .note(let note): reporter.line(note.text)
            case .restart(let container): restart(container)
            }
        }
        arm()
    }

    private func restart(_ container: WatchedContainer) {
        guard let session else { return restarted(container, "the engine cannot be reached") }
        engine.restart(container, session) { loop, failure in loop.restarted(container, failure) }
    }

    private func restarted(_ container: WatchedContainer, _ failure: String?) {
        let tell = engine.teller
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
