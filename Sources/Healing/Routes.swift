internal import Stack

/// Where connections to a service go.
extension Engine {
    /// Where the gateway sends connections to `service` now.
    public func routing(of service: String) -> Routing {
        guard let record = services[service] else { return .refused("\(service) is not part of the stack") }
        return record.routing ?? judgeRouting(record)
    }

    mutating func updateRouting(of service: String) {
        guard let record = services[service] else { return }
        let routing = judgeRouting(record)
        guard routing != record.routing else { return }
        services[service]?.routing = routing
        effects.append(.route(service: service, routing))
        recordRouting(routing, of: service, record.members.compactMap { instances[$0] })
    }

    private mutating func recordRouting(_ routing: Routing, of service: String, _ machines: [InstanceMachine]) {
        switch routing {
        case .open(let fit):
            let names = fit.map(\.description).joined(separator: ", ")
            let first = machines.first { fit.contains($0.id) }
            record(.forwarding, service: service, "clients are served by \(names)", cause: first.map(fitness))
        case .held:
            let first = machines.first(where: isExpected)
            record(.held, service: service, "clients are kept waiting", cause: first.map(unfitness))
        case .refused(let reason):
            record(.refusing, service: service, "clients are refused", cause: reason)
        }
    }

    private func fitness(_ machine: InstanceMachine) -> String {
        switch machine.health.verdict {
        case .none: "\(machine.id) runs"
        case .healthy: "\(machine.id) is healthy"
        case .starting: "\(machine.id) runs, and its check has yet to pass"
        case .unhealthy: "\(machine.id) is unhealthy, but nobody else could serve them"
        }
    }

    private func unfitness(_ machine: InstanceMachine) -> String {
        switch machine.phase {
        case .running, .paused:
            let failure = machine.health.lastFailure.map { ": \($0)" } ?? ""
            return "\(machine.id) is \(machine.lifecycle == .paused ? "paused" : "not healthy")\(failure)"
        case .pending, .waiting, .starting, .stopping, .backoff, .stopped, .completed, .failed, .quarantined:
            return "\(machine.id) is \(machine.lifecycle.rawValue): \(machine.startCause)"
        }
    }

    private func judgeRouting(_ record: ServiceRecord) -> Routing {
        let machines = record.members.compactMap { instances[$0] }
        let fit = machines.filter(isFit)
        let proven = fit.filter(isProven)
        if !fit.isEmpty { return .open((proven.isEmpty ? fit : proven).map(\.id)) }
        // Nobody is fit: an instance that is bad but left alone is better than none.
        let leftAlone = machines.filter(isLeftAlone)
        if !leftAlone.isEmpty { return .open(leftAlone.map(\.id)) }
        if machines.contains(where: isExpected) { return .held }
        return .refused(refusal(record, machines))
    }

    /// Whether it may be trusted with clients whom others could serve: what is new has to pass its check first.
    private func isProven(_ machine: InstanceMachine) -> Bool {
        guard isWatchedInUpdate(machine.id), machine.specification.check != nil else { return true }
        return machine.health.verdict == .healthy
    }

    func isFit(_ machine: InstanceMachine) -> Bool {
        guard let process = machine.process else { return false }
        switch machine.phase {
        case .starting(let startup): if startup.readyBy != nil { return false }
        case .running: break
        case .pending, .waiting, .paused, .stopping, .backoff, .stopped, .completed, .failed, .quarantined:
            return false
        }
        switch machine.health.verdict {
        case .none, .healthy: return true
        case .starting: return process.isAdopted || !(machine.specification.check?.isAskedBeforeTraffic ?? false)
        case .unhealthy: return false
        }
    }

    /// It runs, is unhealthy, and no repair is under way.
    private func isLeftAlone(_ machine: InstanceMachine) -> Bool {
        guard case .running = machine.phase else { return false }
        return machine.health.verdict == .unhealthy
    }

    /// Whether it is going to serve by and by without anyone's help.
    private func isExpected(_ machine: InstanceMachine) -> Bool {
        guard wish(for: machine.id) == .run else { return false }
        switch machine.phase {
        case .pending, .waiting, .starting, .running, .paused, .stopping, .backoff: return true
        case .stopped, .completed, .failed, .quarantined: return false
        }
    }

    private func refusal(_ record: ServiceRecord, _ machines: [InstanceMachine]) -> String {
        let name = record.service.name
        if shutDown != nil { return "the stack is going down" }
        if record.isRemoved { return "\(name) is not part of the stack" }
        if wills[name]?.stopped == true { return "\(name) is stopped by hand" }
        guard let machine = machines.first(where: { wish(for: $0.id) == .run }) else {
            return "\(name) has no instances"
        }
        switch machine.phase {
        case .completed: return "\(name) has completed"
        case .failed: return "\(name) has failed: \(machine.lastError ?? "no restart is allowed")"
        case .quarantined: return "\(name) is quarantined: \(machine.lastError ?? "its restart budget is spent")"
        case .pending, .waiting, .starting, .running, .paused, .stopping, .backoff, .stopped:
            return "\(name) does not run"
        }
    }
}

extension HealthCheck {
    /// Whether an instance gets traffic only once this check has passed. A probe that only connects tells no more than
    /// the gateway's own connecting does, and one that takes a process of its own is too slow to be waited for.
    fileprivate var isAskedBeforeTraffic: Bool {
        switch probe {
        case .command, .shell, .tcp, .heartbeat: false
        case .http, .postgres, .redis, .bolt, .ollama, .grpc: true
        }
    }
}
