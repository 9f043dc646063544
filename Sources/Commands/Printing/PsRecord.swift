internal import Control
internal import Stack

/// One line of `ps --format json`: Compose's keys, and after them Hale's.
struct PsRecord: Encodable, Equatable {
    struct Publisher: Encodable, Equatable {
        var URL: String
        var TargetPort: UInt16
        var PublishedPort: UInt16
        var `Protocol`: String
    }

    var Command: String
    var ExitCode: Int32
    var Health: String
    var Image: String
    var Name: String
    var Project: String
    var Publishers: [Publisher]
    var Service: String
    var State: String
    var Status: String
    var PID: Int32
    var Lifecycle: String
    var Restarts: Int
    var StartedAt: String
    var LastError: String

    init(_ instance: InstanceStatus, service: String, of status: StackStatus, stack: Stack?) {
        Command = stack?.services[service]?.launch.command.joined(separator: " ") ?? ""
        ExitCode = instance.exitCode ?? 0
        Health = instance.health == .none ? "" : instance.health.rawValue
        Image = status.services[service]?.image ?? ""
        Name = stack?.services[service]?.launch.container?.name ?? "\(status.stack)-\(instance.name)"
        Project = status.stack
        Publishers = (status.services[service]?.ports ?? []).map {
            Publisher(URL: $0.address, TargetPort: $0.target, PublishedPort: $0.published, Protocol: $0.transport)
        }
        Service = service
        State = Self.state(instance)
        Status = Self.status(instance)
        PID = instance.pid ?? 0
        Lifecycle = instance.state.rawValue
        Restarts = instance.restarts
        StartedAt = instance.startedAt ?? ""
        LastError = instance.lastError ?? ""
    }

    /// An object a line for each instance of `services`.
    static func lines(_ status: StackStatus, services: [String], stack: Stack?) throws -> [String] {
        try services.flatMap { name in
            try (status.services[name]?.instances ?? []).map { instance in
                try JSONOutput.text(PsRecord(instance, service: name, of: status, stack: stack))
            }
        }
    }

    /// Compose's word for a state.
    private static func state(_ instance: InstanceStatus) -> String {
        switch instance.state {
        case .pending, .waiting: "created"
        case .starting: instance.pid == nil ? "created" : "running"
        case .running, .stopping: "running"
        case .backoff: "restarting"
        case .paused: "paused"
        case .stopped, .completed, .failed, .quarantined: "exited"
        }
    }

    private static func status(_ instance: InstanceStatus) -> String {
        let since = instance.startedAt ?? instance.since
        switch instance.state {
        case .pending, .waiting: return instance.waitingOn.map { "Waiting: \($0)" } ?? "Created"
        case .starting, .running, .stopping:
            switch instance.health {
            case .none: return "Up since \(since)"
            case .starting: return "Up since \(since) (health: starting)"
            case .healthy, .unhealthy: return "Up since \(since) (\(instance.health.rawValue))"
            }
        case .paused: return "Up since \(since) (Paused)"
        case .backoff: return "Restarting (\(instance.exitCode ?? 0))"
        case .stopped, .completed, .failed: return "Exited (\(instance.exitCode ?? 0))"
        case .quarantined: return "Quarantined (\(instance.exitCode ?? 0))"
        }
    }
}
