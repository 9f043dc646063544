/// How a container stands with the watch.
public struct WatchStanding: Hashable, Sendable {
    /// What is done about it.
    public enum Phase: String, Hashable, Sendable, CaseIterable {
        /// Nothing; there is no reason, or a person has stopped it.
        case watching
        /// It is restarted in a while.
        case waiting
        /// What it needs is healed first.
        case blocked
        /// It has time to get well by itself.
        case excused
        /// The engine is restarting it.
        case restarting
        /// It is restarted no more, for a while or for good.
        case quarantined
    }

    /// The container.
    public var container: WatchedContainer
    /// What is done about it.
    public var phase: Phase
    /// How often the engine has restarted it for the watch.
    public var restarts: Int
    /// How often the engine could not.
    public var failedRestarts: Int

    /// How that container stands.
    public init(container: WatchedContainer, phase: Phase, restarts: Int, failedRestarts: Int) {
        self.container = container
        self.phase = phase
        self.restarts = restarts
        self.failedRestarts = failedRestarts
    }
}
