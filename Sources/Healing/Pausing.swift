internal import Stack

/// Frozen by hand: neither probed nor judged until thawed.
extension Engine {
    mutating func freeze(_ machine: InstanceMachine, _ process: RunningProcess) {
        stopJudging(machine.id)
        record(.paused, machine.id, "paused", cause: "paused by hand")
        effects.append(.freeze(machine.id, run: machine.run))
        update(machine.id) { $0.phase = .paused(process) }
    }

    mutating func thaw(_ machine: InstanceMachine, _ process: RunningProcess) {
        let launch = machine.specification.launch
        record(.unpaused, machine.id, "unpaused", cause: "unpaused by hand")
        effects.append(.thaw(machine.id, run: machine.run))
        update(machine.id) { [now] in
            $0.phase = .running(process)
            $0.watchdog = launch.watchdog.map { now + $0.atLeastMillisecond }
        }
        recheck(machine.id)
    }
}
