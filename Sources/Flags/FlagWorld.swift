public import Stack

/// What rules can ask about a service.
public struct ServiceCondition: Hashable, Sendable {
    /// The states that it is in; see `FlagCondition.State`.
    public var states: Set<FlagCondition.State>

    /// Exactly those states.
    public init(_ states: Set<FlagCondition.State>) {
        self.states = states
    }

    /// What its instances, its breaker and its clients make of it. Without instances it is down; one that has done its
    /// work is well.
    public init(instances: [InstanceReport], breaker: BreakerSummary, isHeld: Bool) {
        states = [breaker.state]
        let well = instances.count(where: \.isWell)
        if well == 0 {
            states.insert(.down)
        } else if well < instances.count {
            states.insert(.degraded)
        }
        if instances.contains(where: { $0.health == .unhealthy }) { states.insert(.unhealthy) }
        if instances.contains(where: { $0.state == .waiting }) { states.insert(.waiting) }
        if isHeld { states.insert(.held) }
    }
}

/// What the circuit breakers of a service do with calls, taken together.
public enum BreakerSummary: String, Hashable, Sendable, CaseIterable {
    /// They go through, or there is no breaker.
    case closed
    /// They are kept away.
    case open
    /// A few go through on trial.
    case halfOpen

    /// What the breakers of several instances of one port make of it: calls are kept away where none lets them through.
    public static func ofInstances(_ breakers: some Sequence<BreakerSummary>) -> BreakerSummary {
        let all = Set(breakers)
        if all.contains(.closed) || all.isEmpty { return .closed }
        return all.contains(.halfOpen) ? .halfOpen : .open
    }

    /// What several ports of a service make of it: the worst counts.
    public static func ofPorts(_ ports: some Sequence<BreakerSummary>) -> BreakerSummary {
        let all = Set(ports)
        if all.contains(.open) { return .open }
        return all.contains(.halfOpen) ? .halfOpen : .closed
    }

    var state: FlagCondition.State {
        switch self {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        }
    }
}

extension FlagCondition {
    /// Whether it holds where services are as `condition` says.
    public func holds(_ condition: (String) -> ServiceCondition) -> Bool {
        switch self {
        case .service(let name, let state): condition(name).states.contains(state)
        case .not(let inner): !inner.holds(condition)
        case .both(let left, let right): left.holds(condition) && right.holds(condition)
        case .either(let left, let right): left.holds(condition) || right.holds(condition)
        }
    }
}

extension InstanceReport {
    /// One that an earlier healer had started is taken to be well until its first verdict: that Hale was replaced says
    /// nothing of it.
    fileprivate var isWell: Bool {
        switch state {
        case .running: health == .healthy || health == .none || (health == .starting && isAdopted)
        case .completed: true
        case .pending, .waiting, .starting, .backoff, .stopping, .stopped, .paused, .failed, .quarantined: false
        }
    }
}
