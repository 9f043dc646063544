internal import Healing
internal import Platform
internal import Stack

/// Writes the instances' records down whenever they change, and takes a small share of the time for it however many
/// there are: at once where the last time was long enough ago, a little later in a storm.
final class RecordKeeper {
    /// So much longer than a save had the processor passes before the next.
    private static let rest = 10.0
    /// What any save may take: a stack that is not large never waits.
    private static let cheap = Duration.milliseconds(4)

    private let reactor: Reactor
    private let files: StateFiles
    private var ended: [InstanceMemory]
    private var histories: [InstanceID: RestartHistory]
    private var updates: [String: RollingUpdate]
    private var notBefore = Instant.zero
    private var timer: TimerToken?
    /// The engine as it is when a save that was put off is due.
    var engine: () -> Engine? = { nil }

    init(reactor: Reactor, files: StateFiles, saved: InstanceRecords) {
        self.reactor = reactor
        self.files = files
        ended = saved.ended
        updates = saved.updates ?? [:]
        histories = Dictionary(saved.restarts.map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
    }

    /// Sees to it that what `engine` knows is on disk.
    func keep(_ engine: Engine) {
        // An instance that has ended for good is started again by a healer that was not told, and an update begun anew.
        if engine.memory != ended || engine.updates != updates { return save(engine) }
        guard engine.histories != histories else { return }
        if Instant.now() >= notBefore { return save(engine) }
        guard timer == nil else { return }
        timer = reactor.schedule(at: notBefore) { [weak self] in
            self?.timer = nil
            self?.flush()
        }
    }

    /// Writes what was put off.
    func flush() {
        guard let engine = engine(),
            engine.memory != ended || engine.histories != histories || engine.updates != updates
        else { return }
        save(engine)
    }

    private func save(_ engine: Engine) {
        // What others take of the processor meanwhile is no reason to wait: what is put off a healer's death could undo.
        let began = ThreadTime.now()
        ended = engine.memory
        histories = engine.histories
        updates = engine.updates
        files.save(engine.records)
        let took = ThreadTime.now() - began
        let now = Instant.now()
        notBefore = took <= Self.cheap ? now : now + took * Self.rest
    }
}
