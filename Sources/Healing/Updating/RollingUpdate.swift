public import Stack

/// The replacement of a changed service's instances in turn: who is done, what has failed, and what follows. It lives
/// from the change to the last instance, or until the next change where it did not get that far; to be kept across Hale's
/// own restarts, like `Engine.wills`.
public struct RollingUpdate: Hashable, Sendable, Codable {
    /// Where it is.
    public enum Phase: Hashable, Sendable, Codable {
        /// Turn by turn to what the file says. Goes to `completed` or, by failures, to `paused` or `rollingBack`.
        case updating
        /// Too much failed: no further turn, until a person applies the configuration again.
        case paused(reason: String)
        /// Too much failed: turn by turn back to what ran before. Goes to `rolledBack` or `failed`.
        case rollingBack(reason: String)
        /// Everything is done and watched.
        case completed
        /// What ran before runs again, whatever the file says, until a person applies the configuration again.
        case rolledBack(reason: String)
        /// The way back failed as well: no further turn.
        case failed(reason: String)
    }

    /// How far one instance is.
    enum Step: Hashable, Sendable, Codable {
        /// Its turn is to come.
        case due
        /// Its turn has come.
        case replacing
        /// It was updated then, and is watched for a while.
        case watched(since: Instant)
        /// It was updated and stayed well.
        case done
        /// It failed then; whatever becomes of it is up to its restart policy.
        case failed(at: Instant)
    }

    /// Where it is.
    public internal(set) var phase: Phase = .updating
    /// What the file says.
    public internal(set) var service: Service
    /// What ran before; nil where there is nothing to go back to.
    public internal(set) var former: Service?
    /// The instances that have to be replaced, and those that cover for them, by number.
    var steps: [Int: Step]
    /// The numbers of instances beyond the service's own, which serve while others are replaced.
    var extras: [Int] = []
    /// Instances that failed in this phase.
    var failures = 0

    init(of service: Service, former: Service?, steps: [Int: Step]) {
        self.service = service
        self.former = former
        self.steps = steps
    }

    /// Whether anything is still to come by itself.
    var isUnderWay: Bool {
        switch phase {
        case .updating, .rollingBack: true
        case .paused, .completed, .rolledBack, .failed: false
        }
    }

    /// Whether the way leads back.
    var isBackwards: Bool {
        switch phase {
        case .updating, .paused, .completed: false
        case .rollingBack, .rolledBack, .failed: true
        }
    }

    /// What everybody is to run who is not still due.
    var goal: Service { isBackwards ? former ?? service : service }

    /// By what it goes on.
    var policy: UpdatePolicy {
        var policy = isBackwards ? service.rollbackPolicy : service.updatePolicy
        // One writer, on the way back as well.
        if former?.hasDataVolume == true { policy.order = .stopFirst }
        return policy
    }

    /// How many of the service's own instances there were to replace.
    public var total: Int { steps.keys.count { !extras.contains($0) } }

    /// How many of them are through with it, be it badly.
    public var finished: Int {
        steps.count { number, step in
            guard !extras.contains(number) else { return false }
            switch step {
            case .done, .failed, .watched: return true
            case .due, .replacing: return false
            }
        }
    }

    /// Whether the turn of that instance is to come.
    func isDue(_ number: Int) -> Bool { steps[number] == .due }

    /// Whether an end of that instance would count as a failure of the update.
    func isWatching(_ number: Int, at now: Instant) -> Bool {
        guard isUnderWay, let step = steps[number] else { return false }
        switch step {
        case .replacing: return true
        case .watched(let since): return now <= since + policy.monitor
        case .due, .done, .failed: return false
        }
    }

    /// How long after its update an instance keeps the next one from its turn.
    private var pace: Duration { max(policy.delay, policy.monitor) }

    /// When that instance is to be looked at again, though nothing happens to it.
    func deadline(of number: Int, after now: Instant) -> Instant? {
        guard isUnderWay, let step = steps[number] else { return nil }
        switch step {
        case .watched(let since): return [since + policy.monitor, since + pace].first { $0 > now }
        case .failed(let at): return at + policy.delay > now ? at + policy.delay : nil
        case .due, .replacing, .done: return nil
        }
    }

    /// Whether somebody's turn is still to come.
    var hasDue: Bool { steps.values.contains(.due) }

    /// When the next turn comes, should nothing else happen; nil where that is up to the instances.
    func nextTurn(after now: Instant) -> Instant? {
        guard hasDue, !steps.values.contains(.replacing) else { return nil }
        return steps.values.compactMap { step in
            switch step {
            case .watched(let since): since + pace > now ? since + pace : nil
            case .failed(let at): at + policy.delay > now ? at + policy.delay : nil
            case .due, .replacing, .done: nil
            }
        }.min()
    }

    /// The same by a clock that shows `time` more.
    public func shifted(by time: Duration) -> RollingUpdate {
        var update = self
        update.steps = steps.mapValues { step in
            switch step {
            case .watched(let since): .watched(since: since + time)
            case .failed(let at): .failed(at: at + time)
            case .due, .replacing, .done: step
            }
        }
        return update
    }

    // MARK: Turns

    /// Whether an instance with that step takes up one of the places that `parallelism` allows.
    func takesPlace(_ step: Step, at now: Instant) -> Bool {
        switch step {
        case .replacing: true
        case .watched(let since): now < since + pace
        case .failed(let at): now < at + policy.delay
        case .due, .done: false
        }
    }

    /// How many more turns may be given now.
    func freePlaces(at now: Instant) -> Int {
        let own = steps.filter { !extras.contains($0.key) }
        guard policy.parallelism > 0 else { return own.count }
        return max(0, policy.parallelism - own.values.count { takesPlace($0, at: now) })
    }
}
