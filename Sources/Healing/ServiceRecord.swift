internal import Stack

/// What the engine knows of one service, apart from its instances.
struct ServiceRecord: Sendable {
    var service: Service
    /// No longer part of the stack; forgotten when its last process has ended.
    var isRemoved = false
    /// Whether another service waits for it to end with code 0.
    var isOneShot = false
    /// What it needs and the engine knows, by name.
    var dependencies: [Dependency] = []
    /// Who needs it, by name.
    var dependents: [String] = []
    /// Its instances, those that are to go included.
    var members: [InstanceID] = []
    var summary = ServiceSummary()
    var routing: Routing?
    /// Its place in the order of dependencies: all it needs comes before it.
    var rank = 0
    /// The incident it is part of, or was part of last.
    var lastIncident: Int64?
}

/// What other services may care about; a change in it makes them look again.
struct ServiceSummary: Sendable, Equatable {
    /// Whether some instance does what it is there for.
    var isWell = false
    /// Not well for more than a suspicion: no instance runs without a verdict against it.
    var isDown = true
    /// Not well, yet its policy leaves it alone: waiting for a repair would be in vain.
    var isLeftAlone = false
    var isStarted = false
    var isHealthy = false
    var isCompleted = false
    /// No instance will do what it is there for without a person's help.
    var isOver = false
    /// How many instances have or may have a process.
    var live = 0
    /// Some live instance is about to be stopped for good or replaced.
    var isLeaving = false
}
