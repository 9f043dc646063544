public import Stack

/// What the healer asks of the keeper, over the keeper's unix socket.
public enum KeeperRequest: Hashable, Sendable {
    /// First message of a connection: who is calling.
    case hello(Role)
    /// Make a process; answered by `spawned` or `spawnFailed`.
    case spawn(SpawnRequest)
    /// Send a signal to one process of ours, its process group, or its whole tree.
    case signal(process: ProcessID, signal: Int32, scope: SignalScope)
    /// Freeze or thaw a process tree.
    case freeze(process: ProcessID, frozen: Bool)
    /// The healer has dealt with that `exited`; the keeper may forget it.
    case acknowledgeExit(process: ProcessID)
    /// Should that process end by itself, and be it only after a failure, make it again as run `next` at once, where
    /// that is allowed by then. Void once the process has ended or the healer is gone.
    case standingOrder(process: ProcessID, next: Int, onlyAfterFailure: Bool)
    /// Forget the standing order for that process.
    case revokeStandingOrder(process: ProcessID)
    /// Whether the next standing order that applies may be carried out: one, until it is allowed again. Withdrawing it is
    /// answered by `standingOrdersWithdrawn`.
    case allowStandingOrder(Bool)
    /// Open a listening socket and keep it; one that is already kept under that key is left as it is. Answered by
    /// `listening` or `listenFailed`; the socket itself goes to its owner.
    case listen(ListenRequest)
    /// Close the listening socket kept under that key.
    case closeListener(key: String)
    /// A sign of life, in answer to `heartbeat`.
    case heartbeat
    /// End gateway and healer and then itself. Children that still live are left alone unless `killChildren`.
    case shutDown(killChildren: Bool)
}

/// What the keeper tells the healer (and, for sockets, the gateway).
public enum KeeperEvent: Hashable, Sendable {
    /// First answer to a healer: everything the keeper has. Exits not yet acknowledged follow as `exited`, in order.
    case welcome(children: [ChildRecord], listeners: [String])
    /// A process was made.
    case spawned(process: ProcessID, pid: Int32, startTime: UInt64)
    /// A process could not be made: what was attempted, and errno's text.
    case spawnFailed(process: ProcessID, reason: String)
    /// A process ended and nothing of its tree is left.
    case exited(ExitRecord)
    /// From here on no standing order is carried out until one is allowed again.
    case standingOrdersWithdrawn
    /// A process sent an sd_notify datagram.
    case notified(process: ProcessID, text: String)
    /// A listening socket is open; sent to its owner together with the descriptor (SCM_RIGHTS), and to the healer
    /// without. `port` is the one the kernel chose where 0 was asked for.
    case listening(key: String, port: UInt16)
    /// A listening socket could not be opened.
    case listenFailed(key: String, reason: String)
    /// The owner of that socket should close its copy.
    case listenerClosed(key: String)
    /// A role that the keeper looks after ended and is started again.
    case roleRestarted(Role, pid: Int32, reason: String)
    /// A sentence that a person should read: a limit that this machine or user cannot set.
    case notice(String)
    /// What that sentence says is so no longer.
    case noticeEnded(String)
    /// A sign of life, every `Pulse.interval`; to be answered by the same.
    case heartbeat
}

/// The three roles of the one binary.
public enum Role: UInt8, Hashable, Sendable, CaseIterable {
    /// Owns children and listening sockets.
    case keeper = 1
    /// Decides.
    case healer = 2
    /// Forwards.
    case gateway = 3
}

/// Names a process of the keeper's: what it is for, and which run of it.
public struct ProcessID: Hashable, Sendable, CustomStringConvertible {
    /// Why the process exists.
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// An instance of a service; logs to a file.
        case service = 1
        /// A health check's command; its output is kept, bounded.
        case probe = 2
        /// A lifecycle hook; its output is kept, bounded.
        case hook = 3
    }

    /// Why it exists.
    public var kind: Kind
    /// The instance it belongs to.
    public var instance: InstanceID
    /// For a service the run of the instance; for probes and hooks a number never used before.
    public var run: Int

    /// Run `run` of that kind for that instance.
    public init(_ kind: Kind, _ instance: InstanceID, run: Int) {
        self.kind = kind
        self.instance = instance
        self.run = run
    }

    /// `service redis-1 run 3`.
    public var description: String { "\(kind) \(instance) run \(run)" }
}

/// Everything the keeper needs to make a process. Nothing is looked up or decided there.
public struct SpawnRequest: Hashable, Sendable {
    /// Under which name the keeper keeps it.
    public var process: ProcessID
    /// The program (a path, or a name found on the PATH of `environment`) and its arguments; never empty.
    public var arguments: [String]
    /// `NAME=value` lines, complete. The keeper adds `HALE_RUN`, by which it finds what the process started, and, where
    /// `notify` is set, `NOTIFY_SOCKET`.
    public var environment: [String]
    /// The folder to start in.
    public var workingDirectory: String
    /// Numeric user, group and supplementary groups; nil keeps Hale's own.
    public var credentials: Credentials?
    /// setrlimit(2) numbers (RLIMIT_…) with soft and hard values; UInt64.max is unlimited.
    public var limits: [RawLimit]
    /// The cgroup it runs in, if it is to have one of its own; limits that the machine refuses are reported, not fatal.
    public var cgroup: CgroupRequest?
    /// Where standard output and error go.
    public var output: OutputRequest
    /// Whether it gets a NOTIFY_SOCKET.
    public var notify: Bool
    /// When it is ended by SIGKILL, counted from its start (probes and hooks); nil is never.
    public var deadline: Duration?
    /// Any text the healer wants back from `welcome`: how it was launched.
    public var note: [UInt8]
    /// The file that it finds as /etc/hosts, in a mount namespace of its own; nil leaves it that of the host. Where this
    /// machine refuses it, that is reported and not fatal.
    public var hosts: String?
    /// The network namespace that it lives in, by path; nil is the keeper's. Without it there is no process.
    public var network: String?

    /// A request with no limits unless given.
    public init(
        process: ProcessID, arguments: [String], environment: [String], workingDirectory: String,
        credentials: Credentials? = nil, limits: [RawLimit] = [], cgroup: CgroupRequest? = nil, output: OutputRequest,
        notify: Bool = false, deadline: Duration? = nil, note: [UInt8] = [], hosts: String? = nil,
        network: String? = nil
    ) {
        self.process = process
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.credentials = credentials
        self.limits = limits
        self.cgroup = cgroup
        self.output = output
        self.notify = notify
        self.deadline = deadline
        self.note = note
        self.hosts = hosts
        self.network = network
    }
}

/// Who a process runs as.
public struct Credentials: Hashable, Sendable {
    /// User number.
    public var user: UInt32
    /// Group number.
    public var group: UInt32
    /// Further groups.
    public var supplementary: [UInt32]

    /// That user in those groups.
    public init(user: UInt32, group: UInt32, supplementary: [UInt32] = []) {
        self.user = user
        self.group = group
        self.supplementary = supplementary
    }
}

/// One setrlimit(2) pair.
public struct RawLimit: Hashable, Sendable {
    /// RLIMIT_… as the kernel numbers it.
    public var resource: Int32
    /// The limit in force; UInt64.max is unlimited.
    public var soft: UInt64
    /// How far it may be raised; UInt64.max is unlimited.
    public var hard: UInt64

    /// Both values for that resource.
    public init(resource: Int32, soft: UInt64, hard: UInt64) {
        self.resource = resource
        self.soft = soft
        self.hard = hard
    }
}

/// A cgroup for one process tree.
public struct CgroupRequest: Hashable, Sendable {
    /// Its path below Hale's own cgroup: `PROJECT/redis-1`.
    public var path: String
    /// Bytes of memory; nil is without limit.
    public var memory: Int64?
    /// Processors; nil is without limit.
    public var processors: Double?
    /// Processes and threads; nil is without limit.
    public var processes: Int64?

    /// A group without limits unless given.
    public init(path: String, memory: Int64? = nil, processors: Double? = nil, processes: Int64? = nil) {
        self.path = path
        self.memory = memory
        self.processors = processors
        self.processes = processes
    }
}

/// Where a process's standard output and error go.
public enum OutputRequest: Hashable, Sendable {
    /// To that file, each line stamped, rotated at `size` bytes with `files` kept.
    case log(path: String, size: Int64, files: Int)
    /// Kept in memory up to that many bytes and sent with `exited`.
    case capture(limit: Int)
}

/// Which processes a signal reaches.
public enum SignalScope: UInt8, Hashable, Sendable, CaseIterable {
    /// The main process alone.
    case process = 1
    /// Its process group.
    case group = 2
    /// Every process it has started, in its cgroup or found by its environment.
    case tree = 3
}

/// A process the keeper has.
public struct ChildRecord: Hashable, Sendable {
    /// Its name.
    public var process: ProcessID
    /// Its pid.
    public var pid: Int32
    /// Field 22 of /proc/PID/stat, in clock ticks since boot: tells a recycled pid from the one meant.
    public var startTime: UInt64
    /// The text given at `spawn`.
    public var note: [UInt8]

    /// A record of `process`.
    public init(process: ProcessID, pid: Int32, startTime: UInt64, note: [UInt8]) {
        self.process = process
        self.pid = pid
        self.startTime = startTime
        self.note = note
    }
}

/// The end of a process, with all the keeper knows of it.
public struct ExitRecord: Hashable, Sendable {
    /// Which one.
    public var process: ProcessID
    /// The pid it had.
    public var pid: Int32
    /// How it ended.
    public var status: ExitStatus
    /// Whether the kernel ended it for want of memory.
    public var outOfMemory: Bool
    /// What a probe or hook printed, bounded.
    public var output: [UInt8]
    /// The run that a standing order has put in its place, already running.
    public var successor: Successor?

    /// A process made by a standing order.
    public struct Successor: Hashable, Sendable {
        /// Its run.
        public var run: Int
        /// Its pid.
        public var pid: Int32

        /// That run with that pid.
        public init(run: Int, pid: Int32) {
            self.run = run
            self.pid = pid
        }
    }

    /// An end without a successor unless given.
    public init(
        process: ProcessID, pid: Int32, status: ExitStatus, outOfMemory: Bool = false, output: [UInt8] = [],
        successor: Successor? = nil
    ) {
        self.process = process
        self.pid = pid
        self.status = status
        self.outOfMemory = outOfMemory
        self.output = output
        self.successor = successor
    }
}

/// How a process ended.
public enum ExitStatus: Hashable, Sendable {
    /// It returned that code.
    case code(Int32)
    /// That signal ended it.
    case signal(Int32)
    /// It ended while this keeper was not its parent.
    case unknown
}

/// A listening socket to open and keep.
public struct ListenRequest: Hashable, Sendable {
    /// Under which name it is kept.
    public var key: String
    /// A numeric IPv4 or IPv6 address, or the path of a unix socket (mode 0600).
    public var address: String
    /// The port; 0 lets the kernel choose. Meaningless for a unix socket.
    public var port: UInt16
    /// Who accepts on it.
    public var owner: Role
    /// The network namespace that it listens in, by path; nil is the keeper's.
    public var network: String?

    /// A socket for `owner`.
    public init(key: String, address: String, port: UInt16, owner: Role, network: String? = nil) {
        self.key = key
        self.address = address
        self.port = port
        self.owner = owner
        self.network = network
    }
}
