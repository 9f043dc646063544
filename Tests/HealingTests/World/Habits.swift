import Stack

/// How a service behaves in the simulated world; the engine knows none of it.
struct Habits {
    /// How long a process takes from its start until it serves.
    var boot: Duration = .milliseconds(50)
    /// How long a process takes to heed its stop signal; nil ignores it.
    var farewell: Duration? = .milliseconds(20)
    /// It ends by itself with code 0 that long after its start.
    var work: Duration?
    /// Its check fails while anything it needs is down.
    var checksThrough = false
    /// It ends with code 1 when something it needs goes down.
    var diesWithoutDependencies = false

    // Faults, which come and go.

    /// It ends with code 1 soon after its start.
    var crashes = false
    /// Its check fails.
    var isIll = false
    /// Its process cannot be made.
    var cannotStart = false
    /// Its hooks fail.
    var hooksFail = false
    /// Versions of it that end soon after their start, and those whose check fails.
    var crashingVersions: Set<[String]> = []
    var illVersions: Set<[String]> = []

    mutating func heal() {
        crashes = false
        isIll = false
        cannotStart = false
        hooksFail = false
        crashingVersions = []
        illVersions = []
        if farewell == nil { farewell = .milliseconds(20) }
    }
}
