internal import Stack

/// Clients notice a failure between two probes: what they met is no verdict, but a reason to ask at once.
extension Engine {
    /// After that long without failed calls, those that come next are the first of another row. The gateway tells of a row
    /// once a second while clients call.
    private static let endOfRow = Duration.seconds(10)

    mutating func callsFailed(_ instance: InstanceID, _ reason: String) {
        guard let machine = instances[instance], case .running = machine.phase else { return }
        // What has never been well is no suspect: it may only be on its way up, and clients know no start period.
        guard machine.health.verdict != .starting else { return ask(machine) }
        if machine.callsFailedAt.map({ now - $0 > Self.endOfRow }) ?? true {
            record(.suspected, instance, "clients' calls to \(instance) fail: \(reason)", cause: reason)
        }
        update(instance) { [now] in $0.callsFailedAt = now }
        ask(machine)
    }

    private mutating func ask(_ machine: InstanceMachine) {
        // What tells of itself cannot be asked. A check that keeps Docker's times is asked like any other: that turns off
        // fast confirmation of what a probe found, not attention to what clients meet.
        guard let check = services[machine.id.service]?.service.check, check.heartbeatInterval == nil,
            machine.health.isWorthAsking(at: now)
        else { return }
        beginProbe(machine.id, check)
    }
}
