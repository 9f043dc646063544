/// One service of a stack: what runs, how many, what it needs and how it is kept well.
public struct Service: Hashable, Sendable, Codable {
    /// Its name in the Compose file.
    public var name: String
    /// How many instances there should be.
    public var replicas: Int
    /// How an instance's process runs.
    public var launch: LaunchSpecification
    /// What it needs.
    public var dependencies: [Dependency]
    /// How it is asked whether it is well; nil where being alive is all that can be known.
    public var check: HealthCheck?
    /// When it is started again.
    public var restart: RestartPolicy
    /// How it is stopped.
    public var stop: StopPolicy
    /// Ports that clients reach from outside the stack.
    public var ports: [PublishedPort]
    /// Ports that only other services reach.
    public var exposed: [UInt16]
    /// How long clients are kept waiting while it is repaired; zero refuses at once.
    public var hold: Duration
    /// How the gateway treats its clients otherwise.
    public var traffic: TrafficPolicy
    /// Commands run around its life.
    public var hooks: LifecycleHooks
    /// Whether the stack counts as down without it.
    public var critical: Bool
    /// The image a container engine would run; shown, not used, where there is none.
    public var image: String?
    /// When the log file is rotated.
    public var logging: LogRotation
    /// How changed instances are replaced; nil is by the defaults of `UpdatePolicy`.
    public var update: UpdatePolicy?
    /// How they go back when that fails; nil is by the defaults of `UpdatePolicy`.
    public var rollback: UpdatePolicy?
    /// How long the clients of an instance that is to be stopped have to end their connections, while others serve; nil is
    /// the shorter of 10 s and its grace, where there are several instances.
    public var drain: Duration?
    /// Its networks and names; nil is what `ServiceNames` has where nothing is said.
    public var naming: ServiceNames?
    /// How its image is built; nil where it is not, or where there is no container engine.
    public var build: ImageBuild?
    /// How far its memory limit is raised when it runs out of memory; nil leaves that as it is.
    public var memory: MemoryPolicy?

    /// A service with Hale's defaults where nothing is given.
    public init(
        name: String, replicas: Int = 1, launch: LaunchSpecification, dependencies: [Dependency] = [],
        check: HealthCheck? = nil, restart: RestartPolicy = RestartPolicy(), stop: StopPolicy = StopPolicy(),
        ports: [PublishedPort] = [], exposed: [UInt16] = [], hold: Duration = .seconds(15),
        traffic: TrafficPolicy = TrafficPolicy(), hooks: LifecycleHooks = LifecycleHooks(), critical: Bool = false,
        image: String? = nil, logging: LogRotation = LogRotation(), update: UpdatePolicy? = nil,
        rollback: UpdatePolicy? = nil, drain: Duration? = nil, naming: ServiceNames? = nil,
        build: ImageBuild? = nil, memory: MemoryPolicy? = nil
    ) {
        self.name = name
        self.replicas = replicas
        self.launch = launch
        self.dependencies = dependencies
        self.check = check
        self.restart = restart
        self.stop = stop
        self.ports = ports
        self.exposed = exposed
        self.hold = hold
        self.traffic = traffic
        self.hooks = hooks
        self.critical = critical
        self.image = image
        self.logging = logging
        self.update = update
        self.rollback = rollback
        self.drain = drain
        self.naming = naming
        self.build = build
        self.memory = memory
    }

    /// Whether it keeps data that two live instances would harm (law 1, one writer).
    public var hasDataVolume: Bool { !launch.volumes.isEmpty }

    /// The names of its instances, in order.
    public var instances: [InstanceID] {
        replicas > 0 ? (1...replicas).map { InstanceID(name, $0) } : []
    }
}

/// How an instance is asked to end.
public struct StopPolicy: Hashable, Sendable, Codable {
    /// The signal's number (15, SIGTERM, where nothing is said).
    public var signal: Int32
    /// How long it has before SIGKILL.
    public var grace: Duration

    /// Docker's defaults: SIGTERM and 10 s.
    public init(signal: Int32 = 15, grace: Duration = .seconds(10)) {
        self.signal = signal
        self.grace = grace
    }
}

/// A port of the host that leads to a port of the service.
public struct PublishedPort: Hashable, Sendable, Codable {
    /// The address that is listened on; nil is every address.
    public var address: String?
    /// The port on the host; nil lets the kernel choose.
    public var published: UInt16?
    /// The port the service listens on.
    public var target: UInt16
    /// `tcp` or `udp`.
    public var transport: String
    /// What clients speak over it, where the file says so.
    public var application: ApplicationProtocol?

    /// A TCP port on every address where nothing else is said.
    public init(
        address: String? = nil, published: UInt16?, target: UInt16, transport: String = "tcp",
        application: ApplicationProtocol? = nil
    ) {
        self.address = address
        self.published = published
        self.target = target
        self.transport = transport
        self.application = application
    }
}

/// Commands that the Compose file asks to be run around an instance's life.
public struct LifecycleHooks: Hashable, Sendable, Codable {
    /// One command with its own environment and place.
    public struct Hook: Hashable, Sendable, Codable {
        /// The program and its arguments.
        public var command: [String]
        /// Who runs it; nil is the service's user.
        public var user: String?
        /// Where it runs; nil is the service's folder.
        public var workingDirectory: String?
        /// Variables on top of the service's.
        public var environment: [String: String]

        /// A hook that runs `command`.
        public init(
            command: [String], user: String? = nil, workingDirectory: String? = nil, environment: [String: String] = [:]
        ) {
            self.command = command
            self.user = user
            self.workingDirectory = workingDirectory
            self.environment = environment
        }
    }

    /// Run, in order, once the instance has started.
    public var postStart: [Hook]
    /// Run, in order, before the instance is asked to stop (not when it ends by itself).
    public var preStop: [Hook]

    /// No hooks but those given.
    public init(postStart: [Hook] = [], preStop: [Hook] = []) {
        self.postStart = postStart
        self.preStop = preStop
    }
}

/// When a log file is put aside and how many are kept.
public struct LogRotation: Hashable, Sendable, Codable {
    /// Bytes a file may hold.
    public var size: Int64
    /// Files kept, the current one included; at least 1.
    public var files: Int

    /// 10 MiB and 3 files where nothing is said.
    public init(size: Int64 = 10 << 20, files: Int = 3) {
        self.size = size
        self.files = files
    }
}
