/// What a circuit breaker does with calls.
public enum BreakerState: String, Hashable, Sendable, Codable, CaseIterable {
    /// All go through and are counted.
    case closed
    /// None goes through for a while.
    case open
    /// A few go through on trial.
    case halfOpen = "half-open"
    /// None goes through until somebody closes it.
    case forcedOpen = "forced-open"
    /// All go through and none is looked at.
    case disabled
    /// All go through and are counted.
    case metricsOnly = "metrics-only"

    /// Whether calls are kept away, all or all but a few.
    public var keepsAway: Bool {
        switch self {
        case .open, .halfOpen, .forcedOpen: true
        case .closed, .disabled, .metricsOnly: false
        }
    }
}

/// What a person wants of a circuit breaker.
public enum BreakerAction: String, Hashable, Sendable, Codable, CaseIterable {
    /// Open until it is closed or reset.
    case open
    /// Closed, from where it goes on by itself.
    case close
    /// As the file says, with all counts of the past forgotten.
    case reset
}
