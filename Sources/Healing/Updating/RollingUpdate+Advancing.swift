internal import Stack

/// How one instance stands towards what it is to become.
enum UpdateStanding: Sendable, Equatable {
    /// Its process is of another launch.
    case former(isServing: Bool)
    /// It has no process, and the next one would be of another launch.
    case idle
    /// It becomes, or again becomes, what it is to be.
    case coming
    /// It is what it is to be, and fit.
    case serving
    /// It ended for good as what it is to be; the sentence says how.
    case over(String)
    /// A person wants it not to run.
    case stopped
}

/// An instance of the service that is updated.
struct UpdateMember: Sendable, Equatable {
    var standing: UpdateStanding
    /// Whether its process, or its next one where it has none, is of the launch that ran before.
    var isFormer: Bool
}

/// Something that an update wants done.
enum UpdateAction: Sendable, Equatable {
    /// That instance's turn has come.
    case replace(Int)
    /// One more instance is to run.
    case add(Int)
    /// Those that were added are not needed any more.
    case dismiss([Int])
    /// A counted failure, in words.
    case failed(Int, String)
    /// An instance is updated.
    case updated(Int)
    /// It has come to another phase.
    case entered(RollingUpdate.Phase)
}

extension RollingUpdate {
    /// Does what is due, for all `members`, by number. Without `mayBegin` no instance that serves is touched. To be asked
    /// whenever an instance has changed or one of the deadlines has come; asked twice it does nothing more.
    mutating func advance(
        _ members: [Int: UpdateMember], mayBegin: Bool, at now: Instant
    ) -> [UpdateAction] {
        guard isUnderWay else { return [] }
        var actions: [UpdateAction] = []
        let standings = members.mapValues { $0.standing }
        for number in steps.keys.sorted() {
            guard let standing = standings[number] else {
                steps[number] = nil
                extras.removeAll { $0 == number }
                continue
            }
            let phaseBefore = phase
            actions += follow(number, standing, members, at: now)
            // Another way has other steps, and the standings are those of the old one.
            guard phase == phaseBefore else { return actions }
        }
        actions += cover(standings)
        actions += giveTurns(standings, mayBegin: mayBegin, at: now)
        return actions + conclude(at: now)
    }

    /// Brings the step of one instance up to how it stands.
    private mutating func follow(
        _ number: Int, _ standing: UpdateStanding, _ members: [Int: UpdateMember], at now: Instant
    ) -> [UpdateAction] {
        guard let step = steps[number] else { return [] }
        switch (step, standing) {
        case (.due, .stopped), (.replacing, .stopped):
            // Nobody runs it, so there is nothing to replace: it is what it is to be once it is started.
            steps[number] = .done
        case (.due, .idle):
            // Nobody is served by it, so nobody is harmed by its turn.
            steps[number] = .replacing
            return [.replace(number)]
        case (.due, .coming), (.due, .serving), (.due, .over):
            steps[number] = .replacing
            return follow(number, standing, members, at: now)
        case (.replacing, .serving):
            steps[number] = .watched(since: now)
            return [.updated(number)]
        case (.replacing, .over(let reason)):
            return fail(number, reason, members, at: now)
        case (.watched, .over(let reason)) where isWatching(number, at: now):
            return fail(number, reason, members, at: now)
        case (.watched(let since), _):
            if now >= since + (steps.values.contains(.due) ? max(policy.delay, policy.monitor) : policy.monitor) {
                steps[number] = .done
            }
        case (.due, .former), (.replacing, .former), (.replacing, .idle), (.replacing, .coming), (.done, _),
            (.failed, _):
            break
        }
        return []
    }

    // MARK: Turns

    /// Has others serve first, where the order is start-first.
    private mutating func cover(_ standings: [Int: UpdateStanding]) -> [UpdateAction] {
        switch policy.order {
        case .stopFirst: return []
        case .startFirst: break
        }
        let due = steps.keys.filter { isDue($0) && !extras.contains($0) }
        guard extras.isEmpty, due.contains(where: { standings[$0] == .former(isServing: true) }) else { return [] }
        let count = policy.parallelism == 0 ? due.count : min(policy.parallelism, due.count)
        // A service has at most 10,000 instances.
        extras = (1...count).map { service.replicas + $0 }
        for number in extras { steps[number] = .replacing }
        return extras.map { .add($0) }
    }

    private mutating func giveTurns(
        _ standings: [Int: UpdateStanding], mayBegin: Bool, at now: Instant
    ) -> [UpdateAction] {
        guard mayBegin, isCovered(standings, at: now) else { return [] }
        let due = steps.keys.filter { isDue($0) && !extras.contains($0) }.sorted {
            // Those that serve nobody come first.
            let left = standings[$0] == .former(isServing: true)
            let right = standings[$1] == .former(isServing: true)
            return left == right ? $0 < $1 : !left
        }
        let chosen = due.prefix(freePlaces(at: now))
        for number in chosen { steps[number] = .replacing }
        return chosen.map { .replace($0) }
    }

    /// Whether those that were started first serve, or will not.
    private func isCovered(_ standings: [Int: UpdateStanding], at now: Instant) -> Bool {
        extras.allSatisfy { number in
            // One that was added only now does not stand anywhere yet.
            guard let step = steps[number], let standing = standings[number] else { return false }
            switch (step, standing) {
            case (.failed, _), (_, .over), (_, .stopped): return !takesPlace(step, at: now)
            case (.watched, .serving), (.done, .serving): return !takesPlace(step, at: now)
            case (.due, _), (.replacing, _), (.watched, _), (.done, _): return false
            }
        }
    }

    // MARK: Ends

    private mutating func conclude(at now: Instant) -> [UpdateAction] {
        let isOver = steps.allSatisfy { number, step in
            switch step {
            case .done, .failed: true
            case .watched, .replacing, .due: extras.contains(number)
            }
        }
        guard isOver else { return [] }
        switch phase {
        case .updating: return enter(.completed)
        case .rollingBack(let reason): return enter(.rolledBack(reason: reason))
        case .paused, .completed, .rolledBack, .failed: return []
        }
    }

    private mutating func enter(_ next: Phase) -> [UpdateAction] {
        let dismissed = extras
        phase = next
        for number in extras { steps[number] = nil }
        extras = []
        return [.entered(next)] + (dismissed.isEmpty ? [] : [.dismiss(dismissed)])
    }

    /// An instance failed; it counts where it is watched.
    mutating func fail(
        _ number: Int, _ cause: String, _ members: [Int: UpdateMember], at now: Instant
    ) -> [UpdateAction] {
        guard isWatching(number, at: now) else { return [] }
        failures += 1
        steps[number] = .failed(at: now)
        let action: [UpdateAction] = [.failed(number, cause)]
        guard Double(failures) / Double(max(total, 1)) > policy.maximumFailureRatio else { return action }
        let reason = "\(service.name)-\(number): \(cause)"
        switch (phase, policy.failureAction) {
        case (.updating, .continue), (.rollingBack, .continue): return action
        case (.updating, .pause): return action + enter(.paused(reason: reason))
        case (.updating, .rollback): return action + goBack(reason, members)
        // A way back has none of its own.
        case (.rollingBack, .pause), (.rollingBack, .rollback): return action + enter(.failed(reason: reason))
        case (.paused, _), (.completed, _), (.rolledBack, _), (.failed, _): return action
        }
    }

    private mutating func goBack(_ reason: String, _ members: [Int: UpdateMember]) -> [UpdateAction] {
        guard former != nil else { return enter(.paused(reason: reason)) }
        let begun = steps
        let actions = enter(.rollingBack(reason: reason))
        failures = 0
        steps = [:]
        for (number, member) in members where number <= service.replicas {
            if !member.isFormer {
                steps[number] = .due
            } else if begun[number] == .replacing {
                // It was only on its way out: it comes back as what it was.
                steps[number] = .replacing
            }
        }
        return actions
    }
}
