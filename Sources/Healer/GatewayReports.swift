internal import Control
internal import Healing
internal import Platform
internal import Stack
internal import Wire

/// What the gateway tells, and what people ask of its breakers.
extension HealerLoop {
    func receive(_ report: GatewayReport) {
        switch report {
        case .counters(let counters):
            published.update(counters)
            noteConnections(counters.backends)
        case .breakers(let records):
            let entries = breakers.take(records, at: .now()) { instances.instance(at: $0) }
            for entry in entries { write(entry) }
            receive(records)
            published.outdate()
        case .trouble(let trouble):
            guard let instance = instances.instance(at: trouble.backend.address) else { return }
            feed(.callsFailed(instance, reason: trouble.reason))
        case .calls(let report):
            calls.take(report, at: .now())
            publishCalls()
        }
    }

    /// What people see of calls. It changes by itself as what was lately is long ago.
    func publishCalls() {
        let stack = configuration?.stack
        published.update(calls.counts { stack?.services[$0] != nil })
        published.outdate()
        guard !isFollowingCalls, calls.hasRecent else { return }
        isFollowingCalls = true
        _ = reactor.schedule(at: Instant.now() + .seconds(10)) { [weak self] in
            guard let self else { return }
            isFollowingCalls = false
            calls.forget(at: .now())
            publishCalls()
        }
    }

    /// Tells the gateway what a person wants of the breakers of the service or instance of that name.
    func order(_ action: BreakerAction, of name: String, by actor: String) -> ControlReply {
        guard let (entry, order) = order(action, of: name) else {
            return .notFound("there is no service and no instance '\(name)'")
        }
        guard gateway.send(order) else {
            return .failed("no gateway runs at the moment, another is being started; try again")
        }
        var asked = entry
        asked.actor = actor
        write(asked)
        return .done(name)
    }

    private func order(_ action: BreakerAction, of name: String) -> (Entry, BreakerOrder)? {
        let wish = "asked to \(action.rawValue) the breaker of \(name)"
        let cause = "asked by hand"
        if configuration?.stack.services[name] != nil {
            return (
                Entry(.operatorAsked, service: name, text: wish, cause: cause),
                BreakerOrder(service: name, action: action)
            )
        }
        guard let instance = engine.report().first(where: { $0.id.description == name })?.id else { return nil }
        let address = instances.address(of: instance)
        return (
            Entry(.operatorAsked, instance: instance, text: wish, cause: cause),
            BreakerOrder(service: instance.service, address: address, action: action)
        )
    }
}
