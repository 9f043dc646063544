public import Stack

/// Something that happened, told to the engine. The healer makes these from the world, the rehearsal from a simulation.
///
/// `run` counts the starts of one instance; an event of an earlier run is stale and changes nothing.
public enum Event: Hashable, Sendable, Codable {
    /// The stack the user wants, at first or after a change; the engine works out the difference.
    case configured(Stack)
    /// A changed configuration makes no sense and is not taken; the sentence says why, `by` who asked for it.
    case configurationRefused(String, by: String? = nil)
    /// A process that already runs when Hale starts; told before the first `configured`.
    case adopted(InstanceID, AdoptedProcess)
    /// A person asked for something; `by` says who, where that is known.
    case asked(Request, by: String? = nil)

    /// A process was made. It may not be ready yet.
    case started(InstanceID, run: Int, pid: Int32)
    /// A process could not be made; the sentence says why.
    case startFailed(InstanceID, run: Int, reason: String)
    /// The instance says by sd_notify that it is ready.
    case ready(InstanceID, run: Int)
    /// The instance says by sd_notify what it is doing.
    case statusText(InstanceID, run: Int, String)
    /// The instance says that it is well (`WATCHDOG=1` or a heartbeat over HTTP).
    case heartbeat(InstanceID, run: Int)
    /// The instance says by sd_notify that it is about to end by itself.
    case stoppingItself(InstanceID, run: Int)
    /// The instance asks for that much more time, counted from now, before a start or stop timeout strikes.
    case extendTimeout(InstanceID, run: Int, by: Duration)
    /// The instance's process ended and nothing of its process tree is left; never told before its `started`.
    case exited(InstanceID, run: Int, Exit)
    /// A probe asked for by `Effect.probe` ended.
    case probed(InstanceID, run: Int, ProbeResult)
    /// Clients' calls to the instance fail, as the gateway sees it; the reason says what they met ("connection refused").
    /// Told at the first sign and, while that goes on, about once a second. Of whichever run: the gateway knows of none.
    case callsFailed(InstanceID, reason: String)
    /// Clients have no connection to the instance any more; answers `Effect.drain`.
    case drained(InstanceID, run: Int)
    /// From now on no standing order is carried out; answers `Effect.allowStandingOrder(false)`.
    case standingOrdersWithdrawn
    /// Commands asked for by `Effect.runHooks` ended; nil where all went well.
    case hooksFinished(InstanceID, run: Int, HookPhase, failure: String?)
    /// The instant of `Engine.nextDeadline` was reached.
    case timePassed
}

/// How a process ended.
public struct Exit: Hashable, Sendable, Codable {
    /// What can be known of it.
    public enum Status: Hashable, Sendable, Codable {
        /// It returned that code.
        case code(Int32)
        /// That signal ended it.
        case signal(Int32)
        /// It ended while nobody could wait for it.
        case unknown
    }

    /// Code or signal.
    public var status: Status
    /// Whether the kernel ended it for want of memory.
    public var outOfMemory: Bool
    /// The run that a standing order has put in its place, already running.
    public var successor: Successor?

    /// A process made by a standing order.
    public struct Successor: Hashable, Sendable, Codable {
        /// Its run.
        public var run: Int
        /// Its pid.
        public var pid: Int32

        /// That run with that pid.
        public init(run: Int, pid: Int32) {
            self.run = run
            self.pid = pid
        }
    }

    /// An end that had nothing to do with memory, and without a successor, unless said.
    public init(_ status: Status, outOfMemory: Bool = false, successor: Successor? = nil) {
        self.status = status
        self.outOfMemory = outOfMemory
        self.successor = successor
    }
}

/// A process found running, which an earlier healer had started.
public struct AdoptedProcess: Hashable, Sendable, Codable {
    /// The process.
    public var pid: Int32
    /// The run it was started as.
    public var run: Int
    /// When it was started.
    public var startedAt: Instant
    /// How it was launched; where that differs from the configuration it is replaced.
    public var launch: LaunchSpecification

    /// A process `pid`.
    public init(pid: Int32, run: Int, startedAt: Instant, launch: LaunchSpecification) {
        self.pid = pid
        self.run = run
        self.startedAt = startedAt
        self.launch = launch
    }
}

/// What one probe met.
public enum ProbeResult: Hashable, Sendable, Codable {
    /// It passed, after that long.
    case passed(took: Duration)
    /// It failed; the sentence says what it met ("connection refused", "loading 43 %").
    case failed(String)
}

/// Which hooks of a service.
public enum HookPhase: String, Hashable, Sendable, Codable {
    /// After an instance has started.
    case postStart
    /// Before an instance is asked to stop.
    case preStop
}

/// What a person can ask for.
public enum Request: Hashable, Sendable, Codable {
    /// Run it, and what it needs.
    case start(service: String)
    /// Stop it and keep it stopped; nil uses the service's own grace.
    case stop(service: String, grace: Duration?)
    /// Stop it and start it again.
    case restart(service: String, grace: Duration?)
    /// Send its instances a signal; what follows an exit is up to the restart policy.
    case kill(service: String, signal: Int32)
    /// Freeze it. Paused is not failed.
    case pause(service: String)
    /// Thaw it.
    case unpause(service: String)
    /// Watch it but do not touch it for that long; zero ends it.
    case maintenance(service: String, for: Duration)
    /// Watch the whole stack but do nothing that no person asks for, for that long; zero ends it.
    case pauseHealing(for: Duration)
    /// End its quarantine now.
    case releaseQuarantine(service: String)
    /// Stop everything in reverse order, and nothing after.
    case shutDown(grace: Duration?)
}

/// What a person wants of one service; survives Hale's own restarts and the host's.
public struct OperatorWill: Hashable, Sendable, Codable {
    /// Stopped by hand.
    public var stopped: Bool
    /// Paused by hand.
    public var paused: Bool
    /// In maintenance until then, by the engine's clock.
    public var maintenanceUntil: Instant?
    /// When that was asked for, by the engine's clock.
    public var since: Instant?
    /// Who asked for it, where that is known.
    public var by: String?

    /// Nothing out of the ordinary unless said.
    public init(
        stopped: Bool = false, paused: Bool = false, maintenanceUntil: Instant? = nil, since: Instant? = nil,
        by: String? = nil
    ) {
        self.stopped = stopped
        self.paused = paused
        self.maintenanceUntil = maintenanceUntil
        self.since = since
        self.by = by
    }

    /// Whether nothing out of the ordinary is wanted.
    public var isOrdinary: Bool { !stopped && !paused && maintenanceUntil == nil }
}
