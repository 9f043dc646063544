public import Stack

/// One way to run instances: as plain processes, or in a container engine. Called from the healer's thread alone.
///
/// Every call answers by `RuntimeEvent`s; none waits.
public protocol Runtime: AnyObject {
    /// Makes the process of that instance; answered by `started` or `startFailed`.
    func start(_ instance: InstanceID, of service: Service, run: Int)
    /// Sends the instance's process group a signal.
    func signal(_ instance: InstanceID, run: Int, _ signal: Int32)
    /// Ends every process of the instance at once; answered by `exited`.
    func kill(_ instance: InstanceID, run: Int)
    /// Freezes or thaws every process of the instance.
    func freeze(_ instance: InstanceID, run: Int, _ frozen: Bool)
    /// Has the instance's process started again as run `next` at once, should it end by itself. Where the next start would
    /// differ from the last, or nothing is known of it, that is left undone.
    func order(_ instance: InstanceID, run: Int, next: Int, onlyAfterFailure: Bool)
    /// Takes that back.
    func revokeOrder(_ instance: InstanceID, run: Int)
    /// Whether one such order may be carried out; taking that back is answered by `ordersWithdrawn`.
    func allowOrder(_ allowed: Bool)
    /// Runs a command beside the instance; answered by `commandEnded` with the number that is returned.
    func execute(_ command: SideCommand, beside instance: InstanceID, of service: Service) -> Int
    /// Ends such a command early; it is not answered.
    func abandon(command: Int)
    /// The numeric address on which the instance accepts connections.
    func address(of instance: InstanceID) -> String
}

/// What a runtime tells the healer.
public enum RuntimeEvent: Sendable {
    /// A process was made.
    case started(InstanceID, run: Int, pid: Int32)
    /// A process could not be made.
    case startFailed(InstanceID, run: Int, reason: String)
    /// A process ended and nothing of its tree is left.
    case exited(InstanceID, run: Int, status: RuntimeExit)
    /// No order for a next start is carried out any more.
    case ordersWithdrawn
    /// The instance sent an sd_notify message: its `NAME=value` lines.
    case notified(InstanceID, run: Int, text: String)
    /// A command asked for by `execute` ended.
    case commandEnded(Int, CommandResult)
    /// A sentence that a person should read: a limit that could not be set.
    case notice(String)
    /// An instance runs that nobody of this healer's has started. Its launch is the service's own where it is as that would have
    /// it.
    case adopted(InstanceID, run: Int, pid: Int32, startedAt: Instant, launch: LaunchSpecification)
    /// A person has done that to a service with the engine's own tools.
    case askedByHand(String, HandledByHand)
    /// A sentence for the instance's story: what was done to it besides starting and ending it.
    case noted(InstanceID, String)
    /// The instance accepts connections at another address now.
    case moved(InstanceID)
    /// What the instance has written last is in its log file now.
    case logKept(InstanceID)
    /// The container engine is gone, or does not answer; the sentence says why.
    case engineLost(String)
    /// The container engine is there, and what it has is known.
    case engineFound
}

/// What a person does to containers with the engine's own tools.
public enum HandledByHand: Hashable, Sendable {
    /// `docker stop`.
    case stop
    /// `docker start`.
    case start
    /// `docker pause`.
    case pause
    /// `docker unpause`.
    case unpause
}

/// How an instance's process ended.
public struct RuntimeExit: Sendable {
    /// Its exit code; nil where a signal ended it or nothing is known.
    public var code: Int32?
    /// The signal that ended it; nil where it returned or nothing is known.
    public var signal: Int32?
    /// Whether the kernel ended it for want of memory.
    public var outOfMemory: Bool
    /// Run and pid of the process that an order has put in its place.
    public var successor: (run: Int, pid: Int32)?
}

/// A command that runs beside an instance: a health check's or a hook's.
public struct SideCommand: Hashable, Sendable {
    /// Bytes of output kept, as Docker keeps of a health check.
    public static let outputLimit = 4_096

    /// The program and its arguments.
    public var arguments: [String]
    /// Who runs it; nil is the service's user.
    public var user: String?
    /// Where it runs; nil is the service's folder.
    public var workingDirectory: String?
    /// Variables on top of the service's.
    public var environment: [String: String]
    /// When it is killed.
    public var timeout: Duration

    /// A command that runs as the service does.
    public init(
        arguments: [String], user: String? = nil, workingDirectory: String? = nil, environment: [String: String] = [:],
        timeout: Duration
    ) {
        self.arguments = arguments
        self.user = user
        self.workingDirectory = workingDirectory
        self.environment = environment
        self.timeout = timeout
    }
}

/// How a command beside an instance ended.
public enum CommandResult: Hashable, Sendable {
    /// It returned that code, and printed that much of text.
    case ended(code: Int32, output: String)
    /// It was ended by that signal; at the timeout, this is SIGKILL.
    case signalled(Int32, output: String)
    /// It could not be started.
    case failed(String)
}
