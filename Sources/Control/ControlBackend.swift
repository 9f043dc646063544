public import Stack

/// What the way in needs of the healer. Called from the server's own threads.
public protocol ControlBackend: AnyObject, Sendable {
    /// The newest picture of the stack; never waits for the engine.
    func status() -> StackStatus
    /// The stack as its file says it; never waits for the engine.
    func stack() -> Stack
    /// What the instances use, by name, as far as that was measured; never waits for the engine.
    func usage() -> [String: ServiceUsage]
    /// The lines of `GET /metrics` beyond those made from the status; complete Prometheus families.
    func metrics() -> [MetricFamily]
    /// Events of the journal that match, in the order asked for; reads on the calling thread and never waits for the engine.
    func events(_ query: EventQuery) -> [EventRecord]
    /// Waits until there is an event with an id larger than `id`, or `patience` is over; whether there is one.
    func waitForEvent(after id: Int64, patience: Duration) -> Bool
    /// Incidents, the newest first, with ids smaller than `before` where that is given.
    func incidents(before: Int64?, limit: Int, onlyOpen: Bool) -> [IncidentRecord]
    /// One incident, or nil where there is none of that number.
    func incident(_ id: Int64) -> IncidentRecord?
    /// Why a service is as it is, or nil where the stack has no such service.
    func explanation(of service: String) -> Explanation?
    /// The flags with their values, in the order of the file; never waits for the engine.
    func flags() -> [FlagStatus]
    /// The alerts that go on and the channels; never waits for the engine.
    func alerts() -> AlertOverview
    /// Carry out a command; waits until the engine has taken it (not until its effect is complete). `actor` says who
    /// asked, for the journal.
    func perform(_ command: ControlCommand, by actor: String) -> ControlReply
}

/// What can be asked of a running healer.
public enum ControlCommand: Hashable, Sendable, Codable {
    /// Make the stack be as given; only the difference is applied.
    case apply(ApplyRequest)
    /// Read the files of the last `apply` again and apply the difference.
    case reload
    /// Stop every service in reverse order, then end Hale; volumes are removed with `volumes`.
    case down(graceSeconds: Double?, volumes: Bool)
    /// Give the containers back to their engine as they are, then end Hale.
    case releaseStack
    /// Something for one service, or for one of its instances.
    case service(String, ServiceAction)
    /// Something for the circuit breakers of a service, or of one of its instances.
    case breaker(String, BreakerAction)
    /// Watch the whole stack but do nothing that nobody asks for, for that long; zero ends it.
    case pauseHealing(seconds: Double)
    /// The instance is well (a heartbeat over HTTP).
    case heartbeat(instance: String)
    /// Have a flag be that value whatever its rules say, for that long or until it is cleared.
    case setFlag(String, JSONValue, seconds: Double?)
    /// Give a flag back to its rules.
    case clearFlag(String)
    /// A person looks after the alert of that number.
    case acknowledgeAlert(Int64)
}

/// What can be done to a service.
public enum ServiceAction: Hashable, Sendable, Codable {
    /// Run it, and what it needs.
    case start
    /// Stop it and keep it stopped.
    case stop(graceSeconds: Double?)
    /// Stop it and start it again.
    case restart(graceSeconds: Double?)
    /// Send it a signal.
    case kill(signal: Int32)
    /// Freeze it.
    case pause
    /// Thaw it.
    case unpause
    /// Watch it but do not touch it for that long; zero ends it.
    case maintenance(seconds: Double)
    /// End its quarantine now.
    case releaseQuarantine
}

/// A stack to run, with what is needed to read its files again.
public struct ApplyRequest: Hashable, Sendable, Codable {
    /// The stack.
    public var stack: Stack
    /// Where it was read from.
    public var source: ConfigurationSource

    /// That stack from that source.
    public init(stack: Stack, source: ConfigurationSource) {
        self.stack = stack
        self.source = source
    }
}

/// What a Compose file was read with, kept so that a reload reads it the same way.
public struct ConfigurationSource: Hashable, Sendable, Codable {
    /// Compose files, absolute, in order.
    public var files: [String]
    /// The project's folder.
    public var projectDirectory: String
    /// The project's name.
    public var projectName: String
    /// Active profiles.
    public var profiles: [String]
    /// `--env-file` arguments.
    public var environmentFiles: [String]
    /// The environment it was interpolated with.
    public var environment: [String: String]
    /// `--scale` arguments.
    public var scale: [String: Int]
    /// Services named on the command line; empty is all.
    public var services: [String]
    /// Leave out what the named services need (`--no-deps`).
    public var withoutDependencies: Bool

    /// A source of `files`.
    public init(
        files: [String], projectDirectory: String, projectName: String, profiles: [String] = [],
        environmentFiles: [String] = [], environment: [String: String] = [:], scale: [String: Int] = [:],
        services: [String] = [], withoutDependencies: Bool = false
    ) {
        self.files = files
        self.projectDirectory = projectDirectory
        self.projectName = projectName
        self.profiles = profiles
        self.environmentFiles = environmentFiles
        self.environment = environment
        self.scale = scale
        self.services = services
        self.withoutDependencies = withoutDependencies
    }
}

/// What became of a command.
public enum ControlReply: Hashable, Sendable, Codable {
    /// It was taken; a sentence for the person who asked.
    case done(String)
    /// It names something that does not exist.
    case notFound(String)
    /// It cannot be done now or makes no sense; what, and what to do.
    case refused(String)
    /// Hale failed to do it.
    case failed(String)
}

/// One family of the Prometheus text format.
public struct MetricFamily: Hashable, Sendable {
    /// `counter`, `gauge` or `histogram`.
    public enum Kind: String, Hashable, Sendable {
        case counter, gauge, histogram
    }

    /// One sample: labels in order, and the value.
    public struct Sample: Hashable, Sendable {
        /// What follows the family's name: `_bucket`, `_sum` or `_count` of a histogram, otherwise nothing.
        public var suffix: String
        /// Label names and values.
        public var labels: [(name: String, value: String)]
        /// The value.
        public var value: Double

        /// A sample.
        public init(suffix: String = "", labels: [(name: String, value: String)], value: Double) {
            self.suffix = suffix
            self.labels = labels
            self.value = value
        }

        /// Equal where labels and value are.
        public static func == (left: Sample, right: Sample) -> Bool {
            left.value == right.value && left.suffix == right.suffix
                && left.labels.elementsEqual(right.labels, by: ==)
        }

        /// Hashes what `==` compares.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(value)
            hasher.combine(suffix)
            for label in labels {
                hasher.combine(label.name)
                hasher.combine(label.value)
            }
        }
    }

    /// `hale_…` with the unit last.
    public var name: String
    /// One sentence.
    public var help: String
    /// Counter, gauge or histogram.
    public var kind: Kind
    /// The samples.
    public var samples: [Sample]

    /// A family of samples.
    public init(name: String, help: String, kind: Kind, samples: [Sample]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.samples = samples
    }
}
