internal import Stack

/// What there is to say about an instance whose process runs.
extension InstanceStory {
    var running: [String] {
        let health = machine.health
        switch health.verdict {
        case .none: return withoutCheck
        case .starting:
            return ["\(subject) is running, \(since), and has not passed its health check yet."] + evidence + nextProbe
        case .healthy where health.failures > 0:
            return ["\(subject) is running, \(since)."] + evidence + nextProbe + [
                "It counts as unhealthy after \(TimeWords.counted(retries, "failure")) in a row."
            ]
        case .healthy:
            return ["\(subject) is running and healthy, \(since).", lastPassed] + nextProbe + contentment
        case .unhealthy:
            return ["\(subject) is running but unhealthy, \(since)."] + evidence + whatFollows
        }
    }

    private var since: String { words.since(machine.since) }
    private var retries: Int { max(machine.specification.check?.retries ?? 1, 1) }

    private var withoutCheck: [String] {
        if machine.conviction != .none {
            return ["\(subject) is running, but it \(machine.lastError ?? "fails"), \(since)."] + whatFollows
        }
        return [
            "\(subject) is running, \(since). It has no health check, so all that is known is that its process lives."
        ] + contentment
    }

    /// Nothing is wrong, unless something is planned all the same.
    private var contentment: [String] {
        if machine.isOutdated { return ["Its configuration was changed, so it is to be replaced."] }
        if let cause = machine.restartAfter {
            return ["\(cause) was restarted, and it is to be restarted after that, once it can be."]
        }
        return [Engine.contentment]
    }

    private var lastPassed: String {
        guard let passed = machine.health.lastPassed else { return "It passes its health check." }
        return "It last passed its health check at \(words.past(passed))."
    }

    private var evidence: [String] {
        let health = machine.health
        guard let reason = health.lastFailure else { return [] }
        guard let failingSince = health.failingSince else { return ["Its last check failed: \(reason)."] }
        if health.failures == 1 { return ["Its last check failed at \(words.past(failingSince)): \(reason)."] }
        return [
            "Its last \(health.failures) checks failed, the first at \(words.past(failingSince)); "
                + "the last one met: \(reason)."
        ]
    }

    private var nextProbe: [String] {
        switch machine.health.clock {
        case .idle(let next): ["It is asked again at \(words.future(next))."]
        case .probing: ["It is being asked right now."]
        case .listening(let until): ["Its next heartbeat is due at \(words.future(until))."]
        case .suspended: []
        }
    }

    /// What Hale does about an instance that was found bad.
    private var whatFollows: [String] {
        switch machine.conviction {
        case .blamed: blamed
        case .confirming(_, let awaiting) where !awaiting.isEmpty:
            [
                "Before it is restarted, what it needs is asked, to learn whose fault it is: "
                    + "\(awaiting.map(\.description).joined(separator: ", "))."
            ]
        case .confirming:
            [
                "It is restarted as soon as one of the \(engine.restartConcurrency) restart slots of the stack is free."
            ]
        case .none: unconvicted
        }
    }

    private var blamed: [String] {
        guard let blame = engine.blame(for: name, forEnd: false), let culprit = engine.culprit(for: name) else {
            return nextProbe
        }
        return [
            "It is not at fault, so it is left alone: \(blame).",
            "It is asked again as soon as \(culprit) is well, and repaired only if it still fails then.",
            "What is being done about \(culprit): hale explain \(culprit)",
        ]
    }

    private var unconvicted: [String] {
        if policy.condition == .no {
            return [
                "Its restart policy is 'no', so Hale leaves it as it is.",
                "To restart it by hand: hale restart \(name)",
            ] + logs
        }
        return nextProbe
    }
}
