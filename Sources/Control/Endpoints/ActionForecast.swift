internal import Stack

/// What an action would do to a service as its status shows it; the engine has the last word.
enum ActionForecast: Equatable {
    /// It changes something: the sentence says what.
    case change(String)
    /// All is as wanted already.
    case nothing(String)

    /// What `action` would do to the service of that name.
    init(_ action: ServiceAction, of name: String, _ service: ServiceStatus) {
        switch action {
        case .start: self = Self.start(name, service)
        case .stop(let grace):
            self =
                service.isStopped
                ? .nothing("\(name) is stopped by hand already")
                : .change("stop \(name)\(Self.within(grace)) and keep it stopped")
        case .restart(let grace): self = .change("restart \(name)\(Self.within(grace))")
        case .kill(let signal):
            self =
                service.instances.contains { $0.pid != nil }
                ? .change("send \(SignalNames.name(signal)) to \(name)") : .nothing("\(name) has no process")
        case .pause:
            self = service.isPaused ? .nothing("\(name) is paused already") : .change("freeze \(name)")
        case .unpause:
            self = service.isPaused ? .change("thaw \(name)") : .nothing("\(name) is not paused")
        case .maintenance(let seconds): self = Self.maintenance(seconds, name, service)
        case .releaseQuarantine:
            self =
                service.instances.contains { $0.state == .quarantined }
                ? .change("release \(name) from quarantine and start it") : .nothing("\(name) is not in quarantine")
        }
    }

    private static func start(_ name: String, _ service: ServiceStatus) -> ActionForecast {
        let goesOn = !service.isStopped && !service.isPaused && !service.instances.isEmpty
        guard goesOn, service.instances.allSatisfy(\.isUnderWay) else {
            return .change("start \(name), and what it needs")
        }
        let runs = service.instances.allSatisfy { $0.state == .running }
        return .nothing(runs ? "\(name) runs already" : "\(name) is starting already")
    }

    private static func maintenance(_ seconds: Double, _ name: String, _ service: ServiceStatus) -> ActionForecast {
        guard seconds > 0 else {
            // The status of what is stopped or paused does not say whether it is in maintenance besides.
            if service.isStopped || service.isPaused {
                return .change("end the maintenance of \(name), if there is one")
            }
            return service.isInMaintenance
                ? .change("end the maintenance of \(name)") : .nothing("\(name) is not in maintenance")
        }
        return .change("leave \(name) alone for \(text(seconds))")
    }

    private static func within(_ grace: Double?) -> String {
        grace.map { " within \(text($0))" } ?? ""
    }

    private static func text(_ seconds: Double) -> String {
        DurationText.format(.nanoseconds(Int64(min(max(seconds, 0), BodyField.mostSeconds) * 1e9)))
    }
}

extension ServiceStatus {
    fileprivate var isStopped: Bool { operatorWill?.contains("stopped") == true }
    fileprivate var isPaused: Bool { operatorWill?.contains("paused") == true }
    fileprivate var isInMaintenance: Bool { operatorWill?.contains("maintenance") == true }
}

extension InstanceStatus {
    /// Whether a start would change nothing.
    fileprivate var isUnderWay: Bool {
        switch state {
        case .starting, .running: true
        case .pending, .waiting, .backoff, .stopping, .stopped, .paused, .completed, .failed, .quarantined: false
        }
    }
}
