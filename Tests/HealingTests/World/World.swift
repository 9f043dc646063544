import Healing
import Stack

/// A simulated host: it carries out what the engine wants, with delays, faults and races, and tells it what happens.
struct World {
    var dice: Dice
    var engine: Engine
    var stack: Stack
    var habits: [String: Habits]
    var now = Instant(nanoseconds: 1_000_000_000)
    var processes: [InstanceID: WorldProcess] = [:]
    var queue = WorldQueue()
    /// What to do at once should a process end by itself.
    var orders: [InstanceID: WorldOrder] = [:]
    /// Whether one of them may be carried out.
    var isOrderAllowed = false
    /// When the last end with a successor is told of; what the keeper says later is heard later.
    var lastSuccessionSeen = Instant.zero
    /// Restarts that nobody was asked about.
    var successions = 0
    /// The probes under way, by instance.
    var probes: [InstanceID: Int] = [:]
    var probesAsked = 0
    var nextPid: Int32 = 100
    var judges: Judges
    var violations: [String] = []
    var log: [String] = []
    var isLogging = false
    var steps = 0
    /// The kinds of entries that were written so far.
    var kinds: Set<Entry.Kind> = []
    var hasStopped = false
    var haleWasRestarted = false
    /// Since when an instance is truly bad; absent while it does what it is there for.
    var badSince: [InstanceID: Instant] = [:]
    /// Everything the present engine was told, and what it answered.
    var dialogue: [(event: Event, at: Instant, answer: [Effect])] = []
    var seed: UInt64
    private(set) var lastReport: [InstanceReport] = []

    init(seed: UInt64, isLogging: Bool = false) {
        self.seed = seed
        self.isLogging = isLogging
        dice = Dice(seed: seed)
        let generated = StackGenerator.stack(&dice)
        stack = generated.stack
        habits = generated.habits
        engine = Engine(seed: seed)
        judges = Judges()
        tell(.configured(stack))
    }

    /// Tells the engine, lets every law look at its answer, and carries that out.
    mutating func tell(_ event: Event) {
        steps += 1
        noteTruth()
        let before = lastReport
        let effects = engine.handle(event, at: now)
        dialogue.append((event, now, effects))
        if isLogging { write(event, effects) }
        lastReport = engine.report()
        let step = Step(event: event, effects: effects, now: now, before: before, after: lastReport, stack: stack)
        for violation in judges.look(at: step, in: self) where violations.count < 20 {
            violations.append("step \(steps), \(now.milliseconds) ms: \(violation)")
        }
        for effect in effects {
            if case .record(let entry) = effect { kinds.insert(entry.kind) }
            carryOut(effect)
        }
    }

    /// Lets `time` pass with all that happens in it.
    mutating func run(for time: Duration) {
        let end = now + time
        var idle = 0
        while violations.isEmpty {
            let deadline = engine.nextDeadline
            let happening = queue.next
            guard let next = [deadline, happening].compactMap({ $0 }).min(), next <= end else { break }
            idle = next > now ? 0 : idle + 1
            guard idle < 2_000 else {
                violations.append("time stands still at \(now.milliseconds) ms: the engine asks for no other instant")
                break
            }
            now = max(now, next)
            if let happening, happening <= now, let item = queue.take() {
                happen(item.happening)
            } else {
                tell(.timePassed)
            }
        }
        now = end
    }

    private mutating func write(_ event: Event, _ effects: [Effect]) {
        log.append("\(now.milliseconds) ms <- \(short(event))")
        for effect in effects { log.append("            -> \(effect)") }
    }

    private func short(_ event: Event) -> String {
        guard case .configured(let stack) = event else { return "\(event)" }
        let services = stack.services.values.sorted { $0.name < $1.name }
        return "configured " + services.map { "\($0)" }.joined(separator: "\n      ")
    }
}
