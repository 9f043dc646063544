internal import Stack

/// From a changed file, or from what an earlier engine knew, to an update.
extension Engine {
    /// Begins an update where instances of `service` have to be replaced in turn. One that goes on stays; one that did not
    /// get to its end is tried anew.
    mutating func planUpdate(of service: Service, from old: Service) {
        let name = service.name
        let previous = updates[name]
        let goesOn = previous.map { $0.phase == .updating && $0.service.launch == service.launch } ?? false
        if goesOn, previous?.service == service { return }
        let former = previous.map { $0.former ?? $0.service } ?? old
        var steps = goesOn ? previous?.steps.filter { $0.key <= service.replicas } ?? [:] : [:]
        for member in services[name]?.members ?? [] where member.number <= service.replicas {
            guard let machine = instances[member], machine.presentLaunch != service.launch else { continue }
            if steps[member.number] != .replacing { steps[member.number] = .due }
        }
        begin(
            RollingUpdate(of: service, former: former.launch == service.launch ? nil : former, steps: steps),
            isNew: !goesOn)
    }

    private mutating func begin(_ update: RollingUpdate, isNew: Bool) {
        let service = update.service
        let isOver = update.steps.values.allSatisfy {
            switch $0 {
            case .done, .failed: true
            case .due, .replacing, .watched: false
            }
        }
        let runs = services[service.name]?.members.contains {
            $0.number <= service.replicas && instances[$0]?.isLive == true && wish(for: $0) == .run
        }
        guard service.isUpdatedInTurns, !isOver, runs == true else {
            updates[service.name] = nil
            return
        }
        updates[service.name] = update
        guard isNew else { return }
        let words = update.policy.words(instances: update.total)
        record(
            .updating, service: service.name, "rolling update of \(service.name): \(words)",
            cause: "its configuration was changed")
        guard service.update?.order == .startFirst, update.policy.order == .stopFirst else { return }
        record(
            .updating, service: service.name, "stop-first, not start-first: two at once would ruin its data",
            cause: "it has a data volume")
    }

    // MARK: After a restart of Hale

    /// Brings an update that was kept in line with the processes that were found, and begins one where the file was changed
    /// and nobody had come to act on it.
    mutating func resumeUpdate(of name: String) {
        guard let record = services[name] else { return }
        guard var update = updates[name] else { return beginUpdateOfAdopted(record) }
        for member in record.members where member.number <= record.service.replicas {
            guard let machine = instances[member], let step = update.steps[member.number] ?? .some(.done) else {
                continue
            }
            let isThere = machine.presentLaunch == update.goal.launch
            switch step {
            case .due: if isThere, machine.isLive { update.steps[member.number] = .replacing }
            case .replacing: break
            case .watched, .done, .failed:
                if !isThere, machine.isLive { update.steps[member.number] = .due }
            }
        }
        updates[name] = update
        for member in record.members { approach(member) }
    }

    private mutating func beginUpdateOfAdopted(_ record: ServiceRecord) {
        let outdated = record.members.filter {
            instances[$0]?.isOutdated == true && $0.number <= record.service.replicas
        }
        guard let launch = outdated.first.flatMap({ instances[$0]?.launch }), record.service.isUpdatedInTurns else {
            return
        }
        var former: Service? = record.service
        former?.launch = launch
        // Of a process whose note could not be read it is not known how it was launched.
        if launch.command.isEmpty { former = nil }
        let steps = Dictionary(outdated.map { ($0.number, RollingUpdate.Step.due) }) { first, _ in first }
        begin(RollingUpdate(of: record.service, former: former, steps: steps), isNew: true)
        for member in outdated { approach(member) }
    }

    /// The service by which a process that was found had been launched.
    func specification(of instance: InstanceID, launchedBy launch: LaunchSpecification, _ newest: Service) -> Service {
        if launch == newest.launch { return newest }
        if let former = updates[instance.service]?.former, former.launch == launch { return former }
        var service = newest
        service.launch = launch
        return service
    }
}
