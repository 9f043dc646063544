public import Stack

/// What `GET /status` answers and every view of the command line is made of. Times are RFC 3339 in UTC.
public struct StackStatus: Hashable, Sendable, Codable {
    /// The one word for the whole stack.
    public enum Overall: String, Hashable, Sendable, Codable {
        /// Everything that should be well is.
        case healthy
        /// Something is not, but no service that counts is down.
        case degraded
        /// A critical service (or, where none is marked, every service) is down.
        case down
    }

    /// The project's name.
    public var stack: String
    /// The one word.
    public var status: Overall
    /// By name.
    public var services: [String: ServiceStatus]
    /// Hale's version.
    public var version: String
    /// The processes of Hale itself.
    public var processes: Processes
    /// The address of the status API over TCP, if it listens there.
    public var statusAddress: String?
    /// Sentences a person should read: limits that could not be set, a port in use, a configuration refused.
    public var notices: [String]
    /// Where Hale as a whole watches only: until when, and who asked for it.
    public var pause: Pause?

    enum CodingKeys: String, CodingKey {
        case stack, status, services, version, processes, notices, pause
        case statusAddress = "status_address"
    }

    /// A pause of Hale as a whole; times are RFC 3339.
    public struct Pause: Hashable, Sendable, Codable {
        /// When it ends by itself.
        public var until: String
        /// When it was asked for.
        public var since: String
        /// Who asked, where that is known.
        public var by: String?

        /// A pause until then.
        public init(until: String, since: String, by: String?) {
            self.until = until
            self.since = since
            self.by = by
        }
    }

    /// Hale's own pids; nil where one is not running.
    public struct Processes: Hashable, Sendable, Codable {
        /// The keeper's pid.
        public var keeper: Int32?
        /// The healer's pid.
        public var healer: Int32?
        /// The gateway's pid.
        public var gateway: Int32?

        /// Those pids.
        public init(keeper: Int32?, healer: Int32?, gateway: Int32?) {
            self.keeper = keeper
            self.healer = healer
            self.gateway = gateway
        }
    }

    /// A status of `services`.
    public init(
        stack: String, status: Overall, services: [String: ServiceStatus], version: String, processes: Processes,
        statusAddress: String?, notices: [String], pause: Pause? = nil
    ) {
        self.stack = stack
        self.status = status
        self.services = services
        self.version = version
        self.processes = processes
        self.statusAddress = statusAddress
        self.notices = notices
        self.pause = pause
    }
}

/// One service in a status.
public struct ServiceStatus: Hashable, Sendable, Codable {
    /// The state of its worst instance.
    public var state: Lifecycle
    /// The health of its worst instance.
    public var health: Health
    /// Since when it is in this state and health, RFC 3339.
    public var since: String
    /// Restarts of all its instances since Hale has known it.
    public var restarts: Int
    /// What went wrong last.
    public var lastError: String?
    /// What it waits on ("postgres is unhealthy").
    public var waitingOn: String?
    /// What a person asked for, where it is out of the ordinary: `stopped`, `paused`, `maintenance`.
    public var operatorWill: String?
    /// When that was asked for, RFC 3339.
    public var operatorSince: String?
    /// Who asked for it, where that is known.
    public var operatorBy: String?
    /// The image named in the Compose file.
    public var image: String?
    /// Ports that clients reach.
    public var ports: [PortStatus]
    /// The state of the worst circuit breaker of its instances; nil where it has none.
    public var breaker: BreakerState?
    /// Its instances, by number.
    public var instances: [InstanceStatus]
    /// The replacement of its instances in turn, while one is under way or where one did not get to its end.
    public var update: UpdateStatus?
    /// The calls that its instances had lately; nil where they had none.
    public var traffic: TrafficStatus?

    enum CodingKeys: String, CodingKey {
        case state, health, since, restarts, image, ports, breaker, instances, update, traffic
        case lastError = "last_error"
        case waitingOn = "waiting_on"
        case operatorWill = "operator"
        case operatorSince = "operator_since"
        case operatorBy = "operator_by"
    }

    /// Leaves out what is not known, but for `last_error`, which every service has, be it null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(state, forKey: .state)
        try container.encode(health, forKey: .health)
        try container.encode(since, forKey: .since)
        try container.encode(restarts, forKey: .restarts)
        try container.encode(lastError, forKey: .lastError)
        try container.encodeIfPresent(waitingOn, forKey: .waitingOn)
        try container.encodeIfPresent(operatorWill, forKey: .operatorWill)
        try container.encodeIfPresent(operatorSince, forKey: .operatorSince)
        try container.encodeIfPresent(operatorBy, forKey: .operatorBy)
        try container.encodeIfPresent(image, forKey: .image)
        try container.encode(ports, forKey: .ports)
        try container.encodeIfPresent(breaker, forKey: .breaker)
        try container.encode(instances, forKey: .instances)
        try container.encodeIfPresent(update, forKey: .update)
        try container.encodeIfPresent(traffic, forKey: .traffic)
    }

    /// A service of which all is known that is given.
    public init(
        state: Lifecycle, health: Health, since: String, restarts: Int, lastError: String?, waitingOn: String?,
        operatorWill: String?, image: String?, ports: [PortStatus], instances: [InstanceStatus],
        operatorSince: String? = nil, operatorBy: String? = nil, update: UpdateStatus? = nil,
        traffic: TrafficStatus? = nil
    ) {
        self.state = state
        self.health = health
        self.since = since
        self.restarts = restarts
        self.lastError = lastError
        self.waitingOn = waitingOn
        self.operatorWill = operatorWill
        self.operatorSince = operatorSince
        self.operatorBy = operatorBy
        self.image = image
        self.ports = ports
        breaker = Self.worst(instances)
        self.instances = instances
        self.update = update
        self.traffic = traffic
    }
}

/// A rolling update in a status.
public struct UpdateStatus: Hashable, Sendable, Codable {
    /// Where it is.
    public enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// Instances are replaced in turn.
        case updating
        /// It goes no further until the configuration is applied again.
        case paused
        /// What was replaced goes back in turn.
        case rollingBack = "rolling_back"
        /// What ran before runs again, whatever the file says.
        case rolledBack = "rolled_back"
        /// The way back goes no further.
        case failed
    }

    /// Where it is.
    public var state: State
    /// Instances that are through with it.
    public var finished: Int
    /// Instances that it is about.
    public var total: Int
    /// All of it in a sentence.
    public var text: String

    /// An update in that state.
    public init(state: State, finished: Int, total: Int, text: String) {
        self.state = state
        self.finished = finished
        self.total = total
        self.text = text
    }
}

/// One published port in a status.
public struct PortStatus: Hashable, Sendable, Codable {
    /// The address listened on (`0.0.0.0` for every one).
    public var address: String
    /// The port on the host.
    public var published: UInt16
    /// The port of the service.
    public var target: UInt16
    /// `tcp` or `udp`.
    public var transport: String
    /// Why nobody listens there, if nobody does.
    public var problem: String?

    /// A port.
    public init(address: String, published: UInt16, target: UInt16, transport: String, problem: String? = nil) {
        self.address = address
        self.published = published
        self.target = target
        self.transport = transport
        self.problem = problem
    }
}

/// One instance in a status.
public struct InstanceStatus: Hashable, Sendable, Codable {
    /// `redis-1`.
    public var name: String
    /// Where it is in its life.
    public var state: Lifecycle
    /// How well it is.
    public var health: Health
    /// Its process.
    public var pid: Int32?
    /// Its loopback address (`HALE_HOST`).
    public var address: String?
    /// The network namespace that it lives in, as `ip netns` lists it; nil in the host's network.
    public var network: String?
    /// Since when it is in this state and health, RFC 3339.
    public var since: String
    /// When its process started, RFC 3339.
    public var startedAt: String?
    /// Restarts since Hale has known it.
    public var restarts: Int
    /// Its last exit code.
    public var exitCode: Int32?
    /// What went wrong last.
    public var lastError: String?
    /// What it waits on.
    public var waitingOn: String?
    /// When the next thing happens by itself, RFC 3339.
    public var nextActionAt: String?
    /// What it says of itself by `STATUS=`.
    public var statusText: String?
    /// The seconds it took from its last start to healthy (or running, where it has no check).
    public var readyAfter: Double?
    /// Its circuit breakers, by port; nil where it has none.
    public var breakers: [BreakerStatus]?
    /// The calls that it had lately; nil where it had none.
    public var traffic: TrafficStatus?

    enum CodingKeys: String, CodingKey {
        case name, state, health, pid, address, network, since, restarts, breakers, traffic
        case startedAt = "started_at"
        case exitCode = "exit_code"
        case lastError = "last_error"
        case waitingOn = "waiting_on"
        case nextActionAt = "next_action_at"
        case statusText = "status_text"
        case readyAfter = "ready_after_seconds"
    }

    /// An instance of which all is known that is given.
    public init(
        name: String, state: Lifecycle, health: Health, pid: Int32?, address: String?, network: String? = nil,
        since: String, startedAt: String?, restarts: Int, exitCode: Int32?, lastError: String?, waitingOn: String?,
        nextActionAt: String?, statusText: String?, readyAfter: Double?, breakers: [BreakerStatus]? = nil
    ) {
        self.name = name
        self.state = state
        self.health = health
        self.pid = pid
        self.address = address
        self.network = network
        self.since = since
        self.startedAt = startedAt
        self.restarts = restarts
        self.exitCode = exitCode
        self.lastError = lastError
        self.waitingOn = waitingOn
        self.nextActionAt = nextActionAt
        self.statusText = statusText
        self.readyAfter = readyAfter
        self.breakers = breakers
    }
}
