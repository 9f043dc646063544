public import Stack

extension Engine {
    /// What every instance is doing, sorted by service and number.
    public func report() -> [InstanceReport] {
        roster.compactMap { instances[$0].map(report) }
    }

    /// Which start of the instance is the last one; 0 where there was none.
    public func run(of instance: InstanceID) -> Int {
        instances[instance]?.run ?? 0
    }

    /// How the process of an instance was launched or, where it has none, the next one is to be; nil where there is no such
    /// instance.
    public func launch(of instance: InstanceID) -> LaunchSpecification? {
        instances[instance]?.presentLaunch
    }

    /// What the instances of one service are doing; none where the stack has no such service.
    public func report(of service: String) -> [InstanceReport] {
        services[service]?.members.compactMap { instances[$0].map(report) } ?? []
    }

    private func report(_ machine: InstanceMachine) -> InstanceReport {
        let detail = machine.health.verdict == .healthy ? nil : machine.health.lastFailure
        return InstanceReport(
            id: machine.id, state: machine.lifecycle, health: machine.health.verdict, since: machine.since,
            run: machine.run, pid: machine.process?.pid, startedAt: machine.process?.startedAt,
            restarts: machine.restarts, exitCode: machine.exitCode, lastError: detail ?? machine.lastError,
            waitingOn: waitingOn(machine), nextActionAt: nextAction(machine), statusText: machine.statusText,
            network: machine.presentLaunch.network, isAdopted: machine.process?.isAdopted ?? false)
    }

    private func waitingOn(_ machine: InstanceMachine) -> String? {
        switch machine.phase {
        case .waiting: return hindrance(machine) ?? "a restart slot"
        case .backoff(let until): return until <= now ? "a restart slot" : nil
        case .running:
            guard case .blamed = machine.conviction else { return nil }
            return blame(for: machine.id.service, forEnd: false)
        case .pending, .starting, .stopping, .paused, .stopped, .completed, .failed, .quarantined: return nil
        }
    }

    private func nextAction(_ machine: InstanceMachine) -> Instant? {
        switch machine.phase {
        case .backoff(let until): return until
        case .quarantined(let until): return until
        case .waiting:
            let pause = isHealingPaused ? healingPause?.until : nil
            return [wills[machine.id.service]?.maintenanceUntil, pause].compactMap { $0 }.max()
        case .pending, .starting, .running, .stopping, .paused, .stopped, .completed, .failed: return nil
        }
    }
}
