internal import Glibc
internal import Stack

/// Where Hale keeps a project's files and sockets.
///
/// State is `/var/lib/hale/PROJECT` as root and `$XDG_STATE_HOME/hale/PROJECT` (`~/.local/state`) otherwise; sockets are
/// in `/run/hale/PROJECT` and `$XDG_RUNTIME_DIR/hale/PROJECT` (or `/tmp/hale-UID/PROJECT` where that is not set).
/// `HALE_STATE` and `HALE_RUNTIME` replace the folder above the project's.
public struct Locations: Hashable, Sendable {
    /// The project's name.
    public let project: String
    /// Lasting files: the last good configuration, logs, volumes.
    public let state: String
    /// Sockets, pid files and what dies with the host.
    public let runtime: String

    /// The places of `project` for a user, as the environment says.
    public init(project: String, environment: [String: String], isRoot: Bool? = nil) {
        let isRoot = isRoot ?? (geteuid() == 0)
        self.project = project
        let home = environment["HOME"] ?? "/tmp"
        let stateBase =
            environment["HALE_STATE"]
            ?? (isRoot ? "/var/lib/hale" : (environment["XDG_STATE_HOME"] ?? home + "/.local/state") + "/hale")
        let runtimeBase =
            environment["HALE_RUNTIME"]
            ?? (isRoot ? "/run/hale" : environment["XDG_RUNTIME_DIR"].map { $0 + "/hale" } ?? "/tmp/hale-\(geteuid())")
        state = stateBase + "/" + project
        runtime = runtimeBase + "/" + project
    }

    /// The keeper's unix socket, for healer, gateway and the command line.
    public var keeperSocket: String { runtime + "/keeper.sock" }
    /// The gateway's unix socket, for the healer.
    public var gatewaySocket: String { runtime + "/gateway.sock" }
    /// The status API's unix socket (mode 0600), for people and the command line.
    public var apiSocket: String { runtime + "/api.sock" }
    /// Held locked (flock) by the keeper for as long as it lives; holds its pid as text.
    public var keeperLock: String { runtime + "/keeper.pid" }
    /// Held and written as `keeperLock` is, in a folder that nobody tidies up.
    public var lastingKeeperLock: String { state + "/keeper.pid" }
    /// One record a child, by which a new keeper finds what an earlier one left running.
    public var children: String { runtime + "/children" }
    /// FIFOs that carry the children's output.
    public var pipes: String { runtime + "/pipes" }
    /// Sockets for the children's sd_notify messages.
    public var notifySockets: String { runtime + "/notify" }
    /// The sd_notify socket of an instance. A name too long for a socket's path (108 bytes, unix(7)) is cut short.
    public func notifySocket(of instance: String) -> String {
        let path = notifySockets + "/" + instance
        guard path.utf8.count > 100 else { return path }
        return notifySockets + "/" + String(StableHash(instance.utf8).value, radix: 36)
    }
    /// The configuration the gateway starts from.
    public var gatewayConfiguration: String { runtime + "/gateway.conf" }
    /// How the gateway's breakers are.
    public var gatewayBreakers: String { runtime + "/gateway.breakers" }
    /// The last good configuration (mode 0600: it holds what the Compose file holds).
    public var configuration: String { state + "/stack.json" }
    /// What people asked for, by service.
    public var will: String { state + "/will.json" }
    /// Which flags people have set by hand.
    public var flags: String { state + "/flags.json" }
    /// Which alerts go on, and who was told of them.
    public var alerts: String { state + "/alerts.json" }
    /// Messages to alert channels that are not delivered yet, one a file.
    public var outbox: String { state + "/outbox" }
    /// Which instances completed, failed or are quarantined.
    public var memory: String { state + "/memory.json" }
    /// Which loopback address each instance has.
    public var addresses: String { state + "/addresses.json" }
    /// Which container each instance has, where there is a container engine.
    public var containers: String { state + "/containers.json" }
    /// The journal: events and incidents, an SQLite file (mode 0600) with what belongs to it beside it.
    public var journal: String { state + "/journal.sqlite" }
    /// Held locked (flock) by the `hale watch` that writes the journal; holds its pid as text.
    public var watchLock: String { state + "/watch.pid" }
    /// The tokens that let programs change the stack over TCP, hashed (mode 0600).
    public var tokens: String { state + "/tokens.json" }
    /// The log files of the instances: `redis-1.log`, and `redis-1.log.1` and so on after rotation.
    public var logs: String { state + "/logs" }
    /// The access logs, by service: `web.log`, and `web.log.1` and so on after rotation.
    public var accessLogs: String { state + "/access" }
    /// Requests that are kept for later: a folder for each service, and in it one for each port.
    public var queues: String { state + "/queue" }
    /// Hale's own log files, one a role: `keeper.log`, `healer.log`, `gateway.log`.
    public var ownLogs: String { state + "/hale" }
    /// The folders of the named volumes.
    public var volumes: String { state + "/volumes" }
    /// A folder for each task and detached command that the command line has started, by its name.
    public var tasks: String { runtime + "/tasks" }
    /// A file for each volume that a task has for itself, locked (flock) by the process that looks after the task.
    public var leases: String { runtime + "/leases" }
    /// Files made for `secrets` and `configs`, by instance.
    public var files: String { runtime + "/files" }
    /// What takes the place of /etc/hosts, by instance.
    public var hosts: String { runtime + "/hosts" }
}
