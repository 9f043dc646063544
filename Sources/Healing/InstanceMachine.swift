internal import Stack

/// A process of an instance.
struct RunningProcess: Sendable, Equatable {
    var pid: Int32
    var startedAt: Instant
    /// Whether an earlier healer started it: it was in service before anyone asked how well it is.
    var isAdopted: Bool
}

/// A start that was asked for and is not complete.
struct Startup: Sendable, Equatable {
    /// nil until the shell has answered.
    var process: RunningProcess?
    /// By when it must say that it is ready, where it is to say so.
    var readyBy: Instant?
    /// By when its post-start hooks must have ended, where there are any.
    var hooksBy: Instant?
}

/// What an instance is stopped for, and so what follows.
enum StopPurpose: Sendable, Equatable {
    /// The operator said so: it stays stopped.
    case byHand
    /// The stack goes down.
    case shutDown
    /// It is not part of the stack any more.
    case removal
    /// Its launch was changed: it is started anew.
    case replacement
    /// The operator wants it started anew.
    case restartByHand
    /// A dependency was restarted: it is started anew.
    case dependencyRestart
    /// It failed while its process lives: its policy decides.
    case repair(FailureCause)
    /// It said that it ends by itself: its policy decides.
    case ownWill
}

/// A stop under way.
struct Stopping: Sendable, Equatable {
    enum Stage: Sendable, Equatable {
        /// Its start has not been answered; the stop follows.
        case awaitingStart
        /// It gets no new connections; those it has may end until then.
        case draining(until: Instant)
        /// Its pre-stop hooks run, until then at the longest.
        case hooks(until: Instant)
        /// It was asked to end and is killed then.
        case asked(until: Instant)
        /// It was killed; should it live on, it is killed again then.
        case killed(again: Instant)
    }

    var process: RunningProcess?
    var purpose: StopPurpose
    var stage: Stage
    var grace: Duration
}

/// Where an instance is in its life, with what exists only there.
enum Phase: Sendable, Equatable {
    /// No process; its turn has not come. Goes to `starting` or `waiting`.
    case pending
    /// No process; something must become true first. Goes to `starting`.
    case waiting
    /// A start was asked for. Goes to `running`, or by its end or failure to what the policy says.
    case starting(Startup)
    /// The process runs and is ready.
    case running(RunningProcess)
    /// The process is frozen by hand.
    case paused(RunningProcess)
    /// The process is asked to end. Goes on when it has exited.
    case stopping(Stopping)
    /// No process; it is started then, or as soon as a restart slot is free.
    case backoff(until: Instant)
    /// No process, by the operator's will or because the stack is down.
    case stopped
    /// It ended with code 0 and is not to run again.
    case completed
    /// It ended and its policy allows no further start.
    case failed
    /// Its budget is spent; released then, or only by hand.
    case quarantined(until: Instant?)
}

/// What the next start of an instance is for; decides whether it counts and needs a slot.
enum StartKind: Sendable, Equatable {
    /// The first since it is known, or the first after it was stopped.
    case first
    /// The first, since a person added it to a stack that runs.
    case added
    case byHand
    case replacement
    /// A dependency was restarted.
    case dependency
    /// Its own failure.
    case repair
    /// It ended while a dependency was down; that is not held against it.
    case excused

    /// Whether it counts against the restart budget.
    var counts: Bool { self == .repair }

    /// Whether a person asked for it, be it by a changed configuration.
    var isAskedFor: Bool {
        switch self {
        case .added, .byHand, .replacement: true
        case .first, .dependency, .repair, .excused: false
        }
    }

    /// Whether it takes one of the stack's restart slots.
    var needsSlot: Bool {
        switch self {
        case .dependency, .repair, .excused: true
        case .first, .added, .byHand, .replacement: false
        }
    }
}

/// What is to be done about an instance whose process lives and that was found bad.
enum Conviction: Sendable, Equatable {
    case none
    /// Its dependencies are asked first, to learn whose fault it is; these have still to answer.
    case confirming(FailureCause, awaiting: [InstanceID])
    /// A dependency is down; it is left alone until that one is back.
    case blamed(FailureCause)
}

/// A service, held where a copy costs next to nothing: machines are copied all the time.
final class Specification: Sendable {
    let service: Service

    init(_ service: Service) {
        self.service = service
    }
}

/// All that is known of one instance.
struct InstanceMachine: Sendable {
    let id: InstanceID
    /// What it lives by: the service as it was when its process was started, or as its next one will be.
    private var box: Specification
    var phase: Phase = .pending
    var run = 0
    var health: HealthMonitor
    /// When the next `WATCHDOG=1` is due.
    var watchdog: Instant?
    var conviction: Conviction = .none
    var ledger = RestartLedger()
    var startKind: StartKind = .first
    /// Why it is started next, in words.
    var startCause = "it is part of the stack"
    /// The place of its last start among all starts.
    var startOrder = 0
    /// How its process was launched.
    var launch: LaunchSpecification?
    /// Its launch was changed while its process lives.
    var isOutdated = false
    /// The operator wants it started anew, with that grace.
    var restartByHand: RestartByHand?
    /// The dependency whose restart it must follow.
    var restartAfter: String?
    /// Its dependents are to be told, once it is well, that it was restarted.
    var announcesRestart = false
    /// An end during maintenance, judged when that is over.
    var pendingFailure: FailureCause?
    /// A signal that a person sent it, and when, until its next start.
    var signalledByHand: SignalByHand?
    /// What its first failed probe since it was last well said.
    var firstFailure: String?
    /// When clients' calls to its present process last failed.
    var callsFailedAt: Instant?
    /// What is wrong with it, until it has been well for a while.
    var trouble: Trouble?
    /// Since when it is well without a break.
    var wellSince: Instant?
    /// The grace a person gave for the stop that comes.
    var stopGrace: Duration?
    var restarts = 0
    var exitCode: Int32?
    var lastError: String?
    var statusText: String?
    var since: Instant
    var shown: Shown?
    /// Whether its successor is ordered, should its present run end by itself.
    var hasStandingOrder = false
    /// The deadline the queue knows of.
    var armed: Instant?

    struct RestartByHand: Sendable, Equatable {
        var grace: Duration?
    }

    struct SignalByHand: Sendable, Equatable {
        var signal: Int32
        var at: Instant
    }

    struct Shown: Sendable, Equatable {
        var state: Lifecycle
        var health: Health
    }

    init(_ id: InstanceID, of specification: Service, at now: Instant) {
        self.id = id
        box = Specification(specification)
        health = HealthMonitor(idle: specification.check, at: now)
        since = now
    }

    /// The service by which it is launched, asked how well it is, and stopped. What is decided of the service as a whole
    /// (restarts, scale, ports, dependencies) is up to the newest one.
    var specification: Service { box.service }

    /// How its process was launched or, where it has none, the next one is to be.
    var presentLaunch: LaunchSpecification { isLive ? launch ?? specification.launch : specification.launch }

    mutating func live(by service: Service) {
        box = Specification(service)
    }

    var process: RunningProcess? {
        switch phase {
        case .starting(let startup): startup.process
        case .running(let process), .paused(let process): process
        case .stopping(let stopping): stopping.process
        case .pending, .waiting, .backoff, .stopped, .completed, .failed, .quarantined: nil
        }
    }

    /// Whether it has a process or may have one any moment.
    var isLive: Bool {
        switch phase {
        case .starting, .running, .paused, .stopping: true
        case .pending, .waiting, .backoff, .stopped, .completed, .failed, .quarantined: false
        }
    }

    /// Whether its process can be judged by probes and heartbeats.
    var isJudged: Bool {
        switch phase {
        case .starting(let startup): startup.process != nil
        case .running: true
        case .pending, .waiting, .paused, .stopping, .backoff, .stopped, .completed, .failed, .quarantined: false
        }
    }

    var lifecycle: Lifecycle {
        switch phase {
        case .pending: .pending
        case .waiting: .waiting
        case .starting: .starting
        case .running: .running
        case .paused: .paused
        case .stopping: .stopping
        case .backoff: .backoff
        case .stopped: .stopped
        case .completed: .completed
        case .failed: .failed
        case .quarantined: .quarantined
        }
    }

    /// Whether it runs and nothing is held against it.
    var isWell: Bool {
        guard case .running = phase, conviction == .none else { return false }
        switch health.verdict {
        case .none: return true
        case .healthy: return health.failures == 0
        case .starting, .unhealthy: return false
        }
    }

    /// Whether it runs without a verdict against it, so that its time towards forgiveness counts.
    var isSustainedlyWell: Bool {
        guard case .running = phase, conviction == .none else { return false }
        return health.verdict == .healthy || health.verdict == .none
    }

    /// When its phase wants to be looked at again.
    var phaseDeadline: Instant? {
        switch phase {
        case .starting(let startup): earliest(startup.readyBy, startup.hooksBy)
        case .stopping(let stopping):
            switch stopping.stage {
            case .awaitingStart: nil
            case .draining(let until), .hooks(let until), .asked(let until): until
            case .killed(let again): again
            }
        case .backoff(let until): until
        case .quarantined(let until): until
        case .pending, .waiting, .running, .paused, .stopped, .completed, .failed: nil
        }
    }
}

/// The earlier of two instants that may not exist.
func earliest(_ left: Instant?, _ right: Instant?) -> Instant? {
    guard let left else { return right }
    guard let right else { return left }
    return min(left, right)
}
