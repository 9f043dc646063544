/// When an instance that ended or went bad is started again, how fast, and when Hale gives up for a while.
public struct RestartPolicy: Hashable, Sendable, Codable {
    /// Which ends are followed by a restart.
    public enum Condition: String, Hashable, Sendable, Codable {
        /// None: an exit is final.
        case no
        /// An exit code other than 0, a signal, or a failed health check.
        case onFailure = "on-failure"
        /// Every one, also after the host or Hale restarted while it was stopped by hand.
        case always
        /// Every one, but what was stopped by hand stays stopped.
        case unlessStopped = "unless-stopped"
    }

    /// Which ends are followed by a restart.
    public var condition: Condition
    /// How often it is tried before the instance counts as failed for good; nil is without end.
    public var maximumAttempts: Int?
    /// A fixed wait before each restart (`deploy.restart_policy.delay`); nil uses the backoff below.
    public var delay: Duration?
    /// How long an instance must live for its start to count as a success (`deploy.restart_policy.window`).
    public var window: Duration?
    /// The second wait in a row; the first restart is immediate and each later wait doubles.
    public var backoff: Duration
    /// The longest wait.
    public var cap: Duration
    /// Sustained health for this long forgets earlier failures.
    public var resetAfter: Duration
    /// Restarts allowed within `budgetWindow` before quarantine.
    public var budget: Int
    /// The window over which `budget` counts.
    public var budgetWindow: Duration
    /// How long a quarantine lasts before one more start is tried.
    public var release: Duration
    /// Timed releases before the quarantine only ends by hand.
    public var maximumReleases: Int

    /// Hale's defaults.
    public init(
        condition: Condition = .no, maximumAttempts: Int? = nil, delay: Duration? = nil, window: Duration? = nil,
        backoff: Duration = .milliseconds(500), cap: Duration = .seconds(60), resetAfter: Duration = .seconds(60),
        budget: Int = 5, budgetWindow: Duration = .seconds(300), release: Duration = .seconds(900),
        maximumReleases: Int = 3
    ) {
        self.condition = condition
        self.maximumAttempts = maximumAttempts
        self.delay = delay
        self.window = window
        self.backoff = backoff
        self.cap = cap
        self.resetAfter = resetAfter
        self.budget = budget
        self.budgetWindow = budgetWindow
        self.release = release
        self.maximumReleases = maximumReleases
    }
}
