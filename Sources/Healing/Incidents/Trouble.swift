internal import Stack

/// What is wrong with an instance, from its first sign until it has been well for `Incident.settling`.
struct Trouble: Sendable, Equatable {
    /// The first sign.
    var since: Instant
    /// What is wrong, in a sentence.
    var sign: String
    /// What its first failed probe said, where that came before the end or the verdict.
    var suspicion: String?
    /// When Hale began to act because of it.
    var actedAt: Instant?
}

/// How an instance with a `Trouble` stands.
enum Standing: Sendable, Equatable {
    case failing
    /// Well, but not for long enough.
    case recovering(since: Instant)
    case recovered(since: Instant)
    /// A person took it out of Hale's care; the sentence says how.
    case dismissed(String)
}

extension Engine {
    /// Notes that an instance failed, unless a person is why or wants it left alone.
    mutating func noteTrouble(_ instance: InstanceID, _ cause: FailureCause, since: Instant? = nil) {
        guard let machine = instances[instance], machine.trouble == nil, wish(for: instance) == .run,
            !isUntouchable(instance.service)
        else { return }
        let firstSign = min(since ?? now, now)
        incidentBook.troubled.insert(instance.service)
        incidentBook.isDue = true
        update(instance) {
            $0.trouble = Trouble(
                since: firstSign, sign: cause.sentence, suspicion: since == nil ? nil : machine.firstFailure)
        }
    }

    /// Notes that Hale acts because of what is wrong with an instance.
    mutating func noteAction(_ instance: InstanceID) {
        guard let trouble = instances[instance]?.trouble, trouble.actedAt == nil else { return }
        update(instance) { [now] in $0.trouble?.actedAt = now }
    }

    /// Drops what is over and says how the service stands as a whole; nil where nothing is wrong with it.
    mutating func review(_ service: String) -> Standing? {
        var standing: Standing?
        for member in services[service]?.members ?? [] {
            guard let machine = instances[member], machine.trouble != nil else { continue }
            let own = self.standing(of: machine)
            switch own {
            case .failing, .recovering: break
            case .recovered, .dismissed: update(member) { $0.trouble = nil }
            }
            standing = standing.map { $0.joined(with: own) } ?? own
        }
        return standing
    }

    private func standing(of machine: InstanceMachine) -> Standing {
        if wish(for: machine.id) != .run || isPausedByHand(machine.id.service) {
            return .dismissed(dismissal(of: machine.id.service))
        }
        if case .completed = machine.phase { return .recovered(since: machine.since) }
        guard let since = machine.wellSince else { return .failing }
        return since + Incident.settling <= now ? .recovered(since: since) : .recovering(since: since)
    }

    /// How a person took a service out of Hale's care.
    func dismissal(of service: String) -> String {
        if shutDown != nil { return "the stack was taken down" }
        guard let record = services[service], !record.isRemoved else { return "it is no longer part of the stack" }
        if wills[service]?.stopped == true { return "it was stopped by hand" }
        if isPausedByHand(service) { return "it was paused by hand" }
        return "the service was scaled down"
    }
}

extension Standing {
    /// How two instances of one service stand together: as badly as the worse, and well since the later.
    fileprivate func joined(with other: Standing) -> Standing {
        switch (self, other) {
        case (.failing, _), (_, .failing): .failing
        case (.recovering(let one), .recovering(let two)), (.recovering(let one), .recovered(let two)),
            (.recovered(let one), .recovering(let two)):
            .recovering(since: max(one, two))
        case (.recovering, .dismissed): self
        case (.dismissed, .recovering): other
        case (.recovered(let one), .recovered(let two)): .recovered(since: max(one, two))
        case (.recovered, .dismissed): self
        case (.dismissed, _): other
        }
    }
}
