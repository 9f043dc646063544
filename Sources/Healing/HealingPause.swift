public import Stack

/// Hale as a whole watches and touches nothing, until that instant or until a person ends it.
public struct HealingPause: Hashable, Sendable, Codable {
    /// When it ends by itself, by the engine's clock.
    public var until: Instant
    /// When it was asked for.
    public var since: Instant
    /// Who asked, where that is known.
    public var by: String?

    /// A pause until then.
    public init(until: Instant, since: Instant, by: String? = nil) {
        self.until = until
        self.since = since
        self.by = by
    }
}

/// While Hale is paused, probes and events go on. Ends are noted, not acted on; what a person asks for or configures is
/// done at once.
extension Engine {
    /// Takes over a pause from before Hale was restarted; to be called before the first `configured`.
    public mutating func restore(pause: HealingPause?) {
        healingPause = pause
    }

    /// Whether Hale is paused as a whole.
    var isHealingPaused: Bool {
        healingPause.map { now < $0.until } ?? false
    }

    mutating func pauseHealing(for time: Duration) {
        guard time > .zero else {
            record(.operatorAsked, service: nil, "asked to go on healing", cause: "asked by hand")
            endHealingPause("ended by hand")
            return
        }
        let text = "watching without acting for \(DurationText.format(time))"
        record(.operatorAsked, service: nil, "asked to pause healing", cause: "asked by hand")
        record(.paused, service: nil, text, cause: "asked by hand")
        healingPause = HealingPause(until: now + time, since: now, by: asker)
        // Everyone's next deadline may be the end of the pause now.
        for instance in roster { touch(instance) }
    }

    mutating func endHealingPauseIfDue() {
        guard let until = healingPause?.until, until <= now else { return }
        endHealingPause("its time is over")
    }

    /// What was found bad meanwhile is asked anew before anything is done.
    private mutating func endHealingPause(_ cause: String) {
        guard healingPause != nil else { return }
        healingPause = nil
        record(.unpaused, service: nil, "acting again", cause: cause)
        for instance in roster {
            touch(instance)
            if instances[instance]?.isJudged == true { recheck(instance) }
        }
    }
}
