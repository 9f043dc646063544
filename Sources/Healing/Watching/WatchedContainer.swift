public import Stack

/// What a container engine says of one container.
public struct WatchedContainer: Hashable, Sendable {
    /// What it does, in the engine's words.
    public enum State: String, Hashable, Sendable {
        case created, running, paused, restarting, removing, exited, dead
    }

    /// What its health check says.
    public enum Health: String, Hashable, Sendable {
        /// It has none.
        case none
        case starting, healthy, unhealthy
    }

    /// A service of a Compose project.
    public struct Membership: Hashable, Sendable {
        /// The project.
        public var project: String
        /// The service.
        public var service: String

        /// That service of that project.
        public init(project: String, service: String) {
            self.project = project
            self.service = service
        }
    }

    /// A service that it needs.
    public struct Need: Hashable, Sendable {
        /// The service, of the same project.
        public var service: String
        /// Whether it is to be restarted after that one was (`depends_on: {restart: true}`).
        public var restart: Bool

        /// A need of `service`.
        public init(_ service: String, restart: Bool = false) {
            self.service = service
            self.restart = restart
        }
    }

    /// The engine's identifier, in full.
    public var id: String
    /// Its name without a slash.
    public var name: String
    /// What it does.
    public var state: State
    /// What its health check says.
    public var health: Health
    /// Whether it is to be healed.
    public var isWatched = true
    /// Seconds that it has to end when it is restarted.
    public var stopTimeout = 10
    /// Of which project it is; nil where Compose did not make it.
    public var membership: Membership?
    /// What it needs.
    public var needs: [Need] = []
    /// The container whose namespace it shares (`network_mode: container:ID`); its own once that one is restarted.
    public var sharesNamespaceOf: String?
    /// How long its check may take to find out that it is well again.
    public var verdictTime: Duration = .seconds(30)

    /// A container that is watched and needs nobody.
    public init(id: String, name: String, state: State = .running, health: Health = .healthy) {
        self.id = id
        self.name = name
        self.state = state
        self.health = health
    }
}

/// What happens to containers that are watched.
public enum WatchEvent: Hashable, Sendable {
    /// All containers there are; the engine was asked then.
    case found([WatchedContainer], asOf: Instant)
    /// One of them is so now, or is new; the engine was asked then.
    case changed(WatchedContainer, asOf: Instant)
    /// One is gone.
    case removed(String)
    /// The engine has restarted it or, with a sentence, has not; answers `WatchEffect.restart`.
    case restarted(String, failure: String?)
    /// The instant of `ContainerWatch.nextDeadline` was reached.
    case timePassed
}

/// What is to be done for containers that are watched.
public enum WatchEffect: Hashable, Sendable {
    /// Restart it; answered by `WatchEvent.restarted`.
    case restart(WatchedContainer)
    /// Tell people.
    case note(WatchNote)
}

/// What was seen or decided of a container, and why.
public struct WatchNote: Hashable, Sendable {
    /// What kind of thing it was.
    public enum Kind: String, Hashable, Sendable {
        /// It is unhealthy; what follows is said.
        case unhealthy
        /// It is restarted now.
        case restarting
        /// It was restarted, or could not be.
        case restarted, restartFailed
        /// It is well again.
        case recovered
        /// It is restarted no more for a while; and once more.
        case quarantined, released
        /// It is left alone as a person paused or stopped it, or it ended.
        case leftAlone
        /// It was removed before it was well again.
        case removed
    }

    /// What kind of thing it was.
    public var kind: Kind
    /// The container, as it was then.
    public var container: WatchedContainer
    /// One plain sentence.
    public var text: String
    /// The container whose fault it is, by name, where that is another one.
    public var because: String?
}
