/// Everything that decides how an instance's process runs. A change in any of it means a new process.
public struct LaunchSpecification: Hashable, Sendable, Codable {
    /// The program and its arguments. Empty where nothing can run without a container engine.
    public var command: [String]
    /// Variables from the Compose file; `HALE_…` ones are added at the start. `$HALE_…` in words is filled in then.
    public var environment: [String: String]
    /// The folder it starts in; nil is the project's folder.
    public var workingDirectory: String?
    /// `user[:group]`, by name or number; nil is the user Hale runs as.
    public var user: String?
    /// Limits on what it may use.
    public var resources: ResourceLimits
    /// The names of the named volumes it uses, each a folder under Hale's state.
    public var volumes: [String]
    /// Whether it says by sd_notify when it is ready.
    public var notify: Bool
    /// How long between two `WATCHDOG=1` messages at the most, where it speaks the watchdog.
    public var watchdog: Duration?
    /// Files for `secrets` and `configs`, by the path under which the instance finds them.
    public var files: [MountedFile]
    /// The network namespace that it lives in, by path; nil is the host's network. Where it is decided per machine and not
    /// by the file, `Stack.placed` says which.
    public var network: String?
    /// How it runs in a container engine; nil where it is a plain process.
    public var container: ContainerSpecification?

    /// A launch of `command` with nothing else said.
    public init(
        command: [String], environment: [String: String] = [:], workingDirectory: String? = nil, user: String? = nil,
        resources: ResourceLimits = ResourceLimits(), volumes: [String] = [], notify: Bool = false,
        watchdog: Duration? = nil, files: [MountedFile] = [], network: String? = nil,
        container: ContainerSpecification? = nil
    ) {
        self.command = command
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.user = user
        self.resources = resources
        self.volumes = volumes
        self.notify = notify
        self.watchdog = watchdog
        self.files = files
        self.network = network
        self.container = container
    }
}

/// A secret or a config that an instance reads as a file.
public struct MountedFile: Hashable, Sendable, Codable {
    /// Where the text comes from.
    public enum Source: Hashable, Sendable, Codable {
        /// A file on the host.
        case file(String)
        /// The text itself, from the Compose file or an environment variable.
        case content(String)
    }

    /// `secrets` or `configs`: the folder under the instance's own.
    public var kind: String
    /// The file's name there.
    public var name: String
    /// Where its text comes from.
    public var source: Source
    /// Permission bits.
    public var mode: UInt32

    /// A file `name` of that kind.
    public init(kind: String, name: String, source: Source, mode: UInt32 = 0o444) {
        self.kind = kind
        self.name = name
        self.source = source
        self.mode = mode
    }
}

/// What an instance may use at the most; nil is without limit.
public struct ResourceLimits: Hashable, Sendable, Codable {
    /// Bytes of memory.
    public var memory: Int64?
    /// Processors, 0.5 being half of one.
    public var processors: Double?
    /// Processes and threads.
    public var processes: Int64?
    /// `ulimits` by their Compose name (`nofile`, `nproc`, `core` …); -1 is unlimited.
    public var ulimits: [String: ResourceLimit]

    /// No limit but those given.
    public init(
        memory: Int64? = nil, processors: Double? = nil, processes: Int64? = nil, ulimits: [String: ResourceLimit] = [:]
    ) {
        self.memory = memory
        self.processors = processors
        self.processes = processes
        self.ulimits = ulimits
    }
}

/// A soft and a hard limit (setrlimit(2)); -1 is unlimited.
public struct ResourceLimit: Hashable, Sendable, Codable {
    /// The limit in force.
    public var soft: Int64
    /// How far the process may raise it.
    public var hard: Int64

    /// Both limits.
    public init(soft: Int64, hard: Int64) {
        self.soft = soft
        self.hard = hard
    }
}
