internal import Healing
internal import Platform
internal import Stack
internal import Wire

/// Tells the engine when clients have no connection to an instance any more.
extension HealerLoop {
    /// An instance that no route names any more once the present effects are carried out. A gateway that is gone says
    /// nothing: then the engine goes on when the time of the clients is over.
    func drain(_ instance: InstanceID, run: Int) {
        draining[instance] = run
        guard listeners.plan.listeners(of: instance.service).isEmpty else { return }
        // Nobody comes by way of the gateway. Not at once: the engine's answer is still being carried out.
        _ = reactor.schedule(at: Instant.now()) { [weak self] in self?.endDrain(of: instance) }
    }

    /// Takes what the gateway says of all its backends: one that is missing has been left for good.
    func noteConnections(_ backends: [GatewayCounters.Backend]) {
        guard !draining.isEmpty else { return }
        let connected = Set(backends.map(\.address))
        for instance in draining.keys.sorted() where !connected.contains(runtime.address(of: instance)) {
            endDrain(of: instance)
        }
    }

    private func endDrain(of instance: InstanceID) {
        guard let run = draining.removeValue(forKey: instance) else { return }
        feed(.drained(instance, run: run))
    }
}
