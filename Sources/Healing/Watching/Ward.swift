internal import Stack

/// A container and what the watch knows and plans of it.
struct Ward {
    enum Phase: Hashable {
        /// There is nothing to do.
        case watching
        /// It is unhealthy and restarted then.
        case waiting(until: Instant)
        /// It is unhealthy, and so is what it needs, which is healed first.
        case blocked
        /// It has until then to get well by itself, as what made it unhealthy is over.
        case excused(until: Instant)
        /// The engine is restarting it.
        case restarting
        /// It is restarted no more, until then or for good.
        case quarantined(until: Instant?)
    }

    var container: WatchedContainer
    var phase = Phase.watching
    var budget = RestartBudget()
    var backoff = Backoff()
    var quarantine = Quarantine()
    /// Since when it is healthy, after it was restarted; nil where that does not matter.
    var wellSince: Instant?
    /// Whether those that need it are to be restarted once it is well.
    var owesRestarts = false
    /// It and those that were restarted before it for the same reason: none of them is restarted for it again.
    var cascade: Set<String> = []
    /// Whether it was said that it is unhealthy or restarted, and not yet that it is well.
    var isKnownUnhealthy = false
    /// Whether it was said that it is left alone, since it ran last.
    var isKnownLeftAlone = false
    /// When it was restarted; what the engine was asked before that says nothing any more.
    var restartedAt: Instant?
    /// How often the engine has restarted it, and could not.
    var restarts = 0
    var failedRestarts = 0

    /// Whether its check is the reason for whatever is to be done.
    var isUnhealthy: Bool { container.state == .running && container.health == .unhealthy }

    /// Whether it is watched, or was restarted.
    var isOfInterest: Bool {
        container.isWatched && container.health != .none || phase == .restarting || restarts > 0 || failedRestarts > 0
    }

    var standing: WatchStanding {
        WatchStanding(container: container, phase: phase.word, restarts: restarts, failedRestarts: failedRestarts)
    }
}

extension Ward.Phase {
    fileprivate var word: WatchStanding.Phase {
        switch self {
        case .watching: .watching
        case .waiting: .waiting
        case .blocked: .blocked
        case .excused: .excused
        case .restarting: .restarting
        case .quarantined: .quarantined
        }
    }
}
