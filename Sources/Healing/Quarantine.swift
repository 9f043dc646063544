internal import Stack

/// How often an instance was let out of quarantine, and whether it is out on trial.
struct Quarantine: Hashable, Sendable, Codable {
    private(set) var isOnTrial = false
    private var releases = 0
    private var alerted = false

    /// Enters it. `until` is nil where only a person ends it; `alert` is true once until it is cleared.
    mutating func enter(_ policy: RestartPolicy, at now: Instant) -> (until: Instant?, alert: Bool) {
        let until = releases < policy.maximumReleases ? now + max(policy.release, .zero) : nil
        let alert = !alerted
        isOnTrial = false
        alerted = true
        return (until, alert)
    }

    /// Its time is up: one start is tried.
    mutating func release() {
        releases += 1
        isOnTrial = true
    }
}
