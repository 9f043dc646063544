/// Where an instance is in its life. One word each, the same in the API, the metrics and the command line.
public enum Lifecycle: String, Hashable, Sendable, Codable, CaseIterable {
    /// Known, not started yet: its turn has not come.
    case pending
    /// Held back because a dependency's condition does not hold.
    case waiting
    /// Its process was asked for, or runs and has not said it is ready.
    case starting
    /// Its process runs.
    case running
    /// It ended or went bad; the next start is set for later.
    case backoff
    /// It was asked to end.
    case stopping
    /// It was stopped by hand and stays so.
    case stopped
    /// It was paused by hand: its processes are frozen.
    case paused
    /// It ended with exit code 0 and is not to run again.
    case completed
    /// It ended and its policy allows no further start.
    case failed
    /// Its restart budget is spent; a timed release follows.
    case quarantined
}

/// What is known of how well an instance is.
public enum Health: String, Hashable, Sendable, Codable, CaseIterable {
    /// It has no health check.
    case none
    /// No verdict yet.
    case starting
    /// Its last probe passed.
    case healthy
    /// Its probes failed as often as `retries` says.
    case unhealthy
}

/// Why an instance failed.
public enum FailureCause: Hashable, Sendable, Codable {
    /// Its process ended with that code.
    case exited(code: Int32)
    /// Its process was ended by that signal.
    case signalled(Int32)
    /// The kernel or a memory limit ended it.
    case outOfMemory
    /// Its probes failed; the last one said this.
    case probeFailed(String)
    /// It did not say in time that it is well.
    case heartbeatMissed
    /// Its process could not be started.
    case startFailed(String)
}

/// What one instance is doing, as the API and the command line show it.
public struct InstanceReport: Hashable, Sendable, Codable {
    /// Which one.
    public var id: InstanceID
    /// Where it is in its life.
    public var state: Lifecycle
    /// How well it is.
    public var health: Health
    /// Which of its starts this is.
    public var run: Int
    /// Its process, if it has one.
    public var pid: Int32?
    /// Since when it is in this state and health.
    public var since: Instant
    /// When its process was started, if it has one.
    public var startedAt: Instant?
    /// Restarts since Hale has known it.
    public var restarts: Int
    /// Its last exit code; 128 + n for signal n; nil if it never ended.
    public var exitCode: Int32?
    /// What went wrong last, in a sentence.
    public var lastError: String?
    /// What it waits for, in a sentence ("postgres is unhealthy"), where it waits.
    public var waitingOn: String?
    /// When the next thing will happen by itself (restart, release), if anything will.
    public var nextActionAt: Instant?
    /// What the instance says of itself by `STATUS=`.
    public var statusText: String?
    /// The network namespace that it lives in, by path; nil is the host's network.
    public var network: String?
    /// Whether its process was started by an earlier healer.
    public var isAdopted: Bool

    /// A report in which nothing but the given is known.
    public init(
        id: InstanceID, state: Lifecycle, health: Health, since: Instant, run: Int = 0, pid: Int32? = nil,
        startedAt: Instant? = nil, restarts: Int = 0, exitCode: Int32? = nil, lastError: String? = nil,
        waitingOn: String? = nil, nextActionAt: Instant? = nil, statusText: String? = nil, network: String? = nil,
        isAdopted: Bool = false
    ) {
        self.id = id
        self.state = state
        self.health = health
        self.run = run
        self.since = since
        self.pid = pid
        self.startedAt = startedAt
        self.restarts = restarts
        self.exitCode = exitCode
        self.lastError = lastError
        self.waitingOn = waitingOn
        self.nextActionAt = nextActionAt
        self.statusText = statusText
        self.network = network
        self.isAdopted = isAdopted
    }
}
