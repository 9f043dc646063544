internal import Platform
internal import Control
internal import Stack

/// One line of a progress list: where a service is.
struct ServiceProgress: Equatable {
    enum Mark: Equatable {
        /// Its turn has not come.
        case waiting
        /// Something is under way.
        case working
        /// It is as it should be.
        case well
        /// Something is wrong.
        case unwell
        /// It is not running, and not meant to.
        case resting
    }

    var service: String
    var mark: Mark
    var text: String

    /// A line for each of `services`, in their order. What started before `began` (RFC 3339) says "already".
    static func lines(of status: StackStatus, services: [String], began: CalendarTime) -> [ServiceProgress] {
        services.map { name in
            guard let service = status.services[name] else {
                return ServiceProgress(service: name, mark: .waiting, text: "waiting")
            }
            return line(name, service, began: began)
        }
    }

    private static func line(
        _ name: String, _ service: ServiceStatus, began: CalendarTime
    ) -> ServiceProgress {
        let (mark, text) = describe(service, began: began)
        let well = service.instances.count { $0.isWell }
        let isPartial = service.instances.count > 1 && mark != .resting
        let count = isPartial ? " (\(well) of \(service.instances.count))" : ""
        return ServiceProgress(service: name, mark: mark, text: text + count)
    }

    private static func describe(
        _ service: ServiceStatus, began: CalendarTime
    ) -> (Mark, String) {
        switch service.state {
        case .pending: (.waiting, "waiting its turn")
        case .waiting: (.waiting, WaitingText.phrase(service.waitingOn))
        case .starting: (.working, "starting")
        case .running: running(service, began: began)
        case .backoff: (.unwell, "failed: \(reason(service)); to be started again")
        case .stopping: (.working, "stopping")
        case .stopped: (.resting, "stopped")
        case .paused: (.resting, "paused")
        case .completed: (.well, "completed")
        case .failed: (.unwell, "failed: \(reason(service))")
        case .quarantined: (.unwell, "quarantined: \(reason(service))")
        }
    }

    private static func running(
        _ service: ServiceStatus, began: CalendarTime
    ) -> (Mark, String) {
        switch service.health {
        case .none: (.well, settled("running", service, began))
        case .healthy: (.well, settled("healthy", service, began))
        case .starting: (.working, "starting")
        case .unhealthy where service.waitingOn != nil:
            (.waiting, WaitingText.phrase(service.waitingOn))
        case .unhealthy: (.unwell, "unhealthy: \(reason(service))")
        }
    }

    private static func settled(_ word: String, _ service: ServiceStatus, _ began: CalendarTime) -> String {
        let starts = service.instances.compactMap { $0.startedAt.flatMap { CalendarTime($0) } }
        if let last = starts.max(), last < began { return "already \(word)" }
        guard let longest = service.instances.compactMap(\.readyAfter).max() else { return word }
        return "\(word) in \(TimeText.took(longest))"
    }

    private static func reason(_ service: ServiceStatus) -> String {
        let text = service.lastError ?? "no reason is known"
        return String(text.split(whereSeparator: \.isNewline).first ?? "")
    }
}

extension InstanceStatus {
    /// Whether it is as it should be.
    var isWell: Bool {
        switch state {
        case .running: health == .none || health == .healthy
        case .completed: true
        case .pending, .waiting, .starting, .backoff, .stopping, .stopped, .paused, .failed, .quarantined: false
        }
    }
}
