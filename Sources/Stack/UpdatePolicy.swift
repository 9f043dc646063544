/// How the instances of a changed service are replaced, one group after another: `deploy.update_config` and, for the way
/// back, `deploy.rollback_config` (Compose Deploy Specification). Where that leaves a default open it is Docker Swarm's.
public struct UpdatePolicy: Hashable, Sendable, Codable {
    /// Which comes first.
    public enum Order: String, Hashable, Sendable, Codable, CaseIterable {
        /// An instance is stopped, then its successor is started.
        case stopFirst = "stop-first"
        /// Further instances are started and must be fit before any is stopped.
        case startFirst = "start-first"
    }

    /// What follows when more instances fail than is tolerated.
    public enum FailureAction: String, Hashable, Sendable, Codable, CaseIterable {
        /// No further instance is replaced until a person says so.
        case pause
        /// It goes on.
        case `continue`
        /// What was replaced goes back to what ran before. Of a rollback that fails: as `pause`.
        case rollback
    }

    /// Which comes first.
    public var order: Order
    /// Instances that are replaced at a time; 0 is all of them.
    public var parallelism: Int
    /// How long after an instance was updated the next one's turn comes.
    public var delay: Duration
    /// How long an instance is watched for failure after it was updated; no other one's turn comes meanwhile.
    public var monitor: Duration
    /// What follows when more instances fail than is tolerated.
    public var failureAction: FailureAction
    /// The share of the replaced instances, from 0 to 1, that may fail before that follows.
    public var maximumFailureRatio: Double

    /// One at a time, stop-first, watched for 5 s; the first failure pauses.
    public init(
        order: Order = .stopFirst, parallelism: Int = 1, delay: Duration = .zero, monitor: Duration = .seconds(5),
        failureAction: FailureAction = .pause, maximumFailureRatio: Double = 0
    ) {
        self.order = order
        self.parallelism = parallelism
        self.delay = delay
        self.monitor = monitor
        self.failureAction = failureAction
        self.maximumFailureRatio = maximumFailureRatio
    }

    /// `3 instances, one at a time, start-first`.
    public func words(instances: Int) -> String {
        guard instances > 1 else {
            return "\(instances) \(instances == 1 ? "instance" : "instances"), \(order.rawValue)"
        }
        let pace =
            parallelism == 0 || parallelism >= instances
            ? "all at once" : parallelism == 1 ? "one at a time" : "\(parallelism) at a time"
        return "\(instances) instances, \(pace), \(order.rawValue)"
    }
}

extension Service {
    /// Whether a change of its launch replaces its instances in turn. A single instance that is to be stopped first, and
    /// has nothing to go back to, is just replaced.
    public var isUpdatedInTurns: Bool {
        replicas > 1 || replicas == 1 && (update?.order == .startFirst || update?.failureAction == .rollback)
    }

    /// The policy for the way forward. One writer comes first: with a data volume nothing is started beside another.
    public var updatePolicy: UpdatePolicy { safe(update ?? UpdatePolicy()) }

    /// The policy for the way back.
    public var rollbackPolicy: UpdatePolicy { safe(rollback ?? UpdatePolicy()) }

    private func safe(_ policy: UpdatePolicy) -> UpdatePolicy {
        var policy = policy
        if hasDataVolume { policy.order = .stopFirst }
        return policy
    }
}
