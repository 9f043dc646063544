internal import Stack

/// Before an instance that serves is stopped while its service goes on, clients get no new connection to it, and those
/// they have may end.
extension Engine {
    /// The longest that clients get where the file says nothing.
    static let usualDrain = Duration.seconds(10)

    /// How long its clients have; nil where it is stopped at once.
    func drainTime(_ machine: InstanceMachine, _ stopping: Stopping) -> Duration? {
        guard let record = services[machine.id.service], !record.isRemoved,
            case .open(let serving) = record.routing, serving.contains(machine.id)
        else { return nil }
        let service = machine.specification
        // With nobody else to serve them, clients gain nothing from waiting.
        let others = record.members.contains { $0 != machine.id && instances[$0]?.isLive == true }
        let usual = others ? min(Self.usualDrain, service.stop.grace) : .zero
        let time = record.service.drain ?? usual
        let longest =
            switch stopping.purpose {
            case .removal, .replacement: time
            // A person who gives a grace is in a hurry.
            case .byHand: min(time, machine.stopGrace ?? time)
            case .restartByHand: min(time, machine.restartByHand?.grace ?? time)
            case .shutDown, .dependencyRestart, .repair, .ownWill: Duration.zero
            }
        return longest > .zero ? longest : nil
    }

    mutating func drain(_ machine: InstanceMachine, for time: Duration) {
        record(
            .draining, machine.id, "no new connections; those it has may end within \(DurationText.format(time))",
            cause: instances[machine.id]?.startCause)
        setStage(machine.id, .draining(until: now + time))
        effects.append(.drain(machine.id, run: machine.run))
    }

    mutating func drained(_ instance: InstanceID, run: Int) {
        guard let machine = current(instance, run: run), case .stopping(let stopping) = machine.phase,
            case .draining = stopping.stage
        else { return }
        endDrain(instance, stopping, "its connections have ended")
    }

    mutating func endDrain(_ instance: InstanceID, _ stopping: Stopping, _ reason: String) {
        record(.stopping, instance, reason, cause: instances[instance]?.startCause)
        end(instance, stopping)
    }
}
