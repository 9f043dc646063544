internal import Stack

/// What there is to say about one instance.
struct InstanceStory {
    let engine: Engine
    let machine: InstanceMachine
    let record: ServiceRecord
    /// What it is called: the service's name where it is the only one.
    let subject: String
    let words: TimeWords

    var name: String { record.service.name }
    var policy: RestartPolicy { record.service.restart }
    private var since: String { words.since(machine.since) }

    var sentences: [String] {
        switch machine.phase {
        case .pending:
            [
                "\(subject) is not started yet, \(since): its turn has not come.",
                "It is started as soon as what it needs is there.",
            ]
        case .waiting: waiting
        case .starting(let startup): starting(startup)
        case .running: running + history + ownWords
        case .paused:
            [
                "\(subject) is paused by hand, \(since): its processes are frozen, and nothing is asked of it.",
                "It goes on when a person says so: hale unpause \(name)",
            ]
        case .stopping(let stopping): self.stopping(stopping)
        case .backoff(let until): backoff(until)
        case .stopped: stopped
        case .completed:
            [
                "\(subject) has done its work, \(since): it exited with code 0 and is not to run again.",
                "To run it once more: hale start \(name)",
            ]
        case .failed: failed
        case .quarantined(let until): quarantined(until)
        }
    }

    // MARK: Without a process

    private var waiting: [String] {
        let hindrance = engine.hindrance(machine) ?? "all restart slots are taken"
        let isPlain = hindrance.hasPrefix("waiting for")
        return ["\(subject) does not run, \(since): \(isPlain ? "it is " : "it is held back, ")\(hindrance)."]
            + lastFailure + waitingAdvice
    }

    private var waitingAdvice: [String] {
        if engine.isPausedByHand(name) { return ["It is started once a person says so: hale unpause \(name)"] }
        if engine.isInMaintenance(name) { return ["It is started when the maintenance is over."] }
        guard let culprit = engine.culprit(for: name) else { return ["It is started by itself as soon as it can be."] }
        return ["It is started by itself as soon as \(culprit) allows it.", "Why that is so: hale explain \(culprit)"]
    }

    private func backoff(_ until: Instant) -> [String] {
        let next =
            until <= words.now
            ? "It is started again as soon as one of the \(engine.restartConcurrency) restart slots of the stack is free."
            : "It is started again at \(words.future(until))."
        return ["\(subject) does not run, \(since): \(machine.startCause).", next, budget]
            + ["To start it now: hale start \(name)"] + logs
    }

    private var stopped: [String] {
        if engine.shutDown != nil { return ["\(subject) is stopped, \(since): the stack is going down."] }
        return [
            "\(subject) is stopped by hand, \(since).",
            "It stays stopped until a person starts it: hale start \(name)",
        ]
    }

    private var failed: [String] {
        let reason = machine.lastError ?? "no restart is allowed"
        let limit =
            switch policy.condition {
            case .no: "Its restart policy is 'no', so Hale does not start it again."
            case .onFailure, .always, .unlessStopped:
                "It was restarted as often as its policy allows, \(TimeWords.counted(machine.ledger.attempts, "time")), "
                    + "so Hale does not start it again."
            }
        return ["\(subject) has failed for good, \(since): \(reason).", limit]
            + ["When it is mended: hale start \(name)"] + logs
    }

    private func quarantined(_ until: Instant?) -> [String] {
        let reason = machine.lastError ?? "its restart budget is spent"
        let next = until.map { "It is let out for one try at \(words.future($0))." } ?? "Only a person lets it out."
        return [
            "\(subject) is in quarantine, \(since): it failed too often. What went wrong last: \(reason).", budget,
            next,
            "When it is mended: hale release \(name)",
        ] + logs
    }

    // MARK: With a process

    private func starting(_ startup: Startup) -> [String] {
        guard let process = startup.process else {
            return ["\(subject) is being started, \(since): \(machine.startCause)."]
        }
        var sentences = ["\(subject) is starting, \(since), as pid \(process.pid): \(machine.startCause)."]
        if let readyBy = startup.readyBy {
            sentences.append("It has not said yet that it is ready; it is started anew at \(words.future(readyBy)).")
        }
        if startup.hooksBy != nil { sentences.append("Its post_start hooks have not ended yet.") }
        return sentences + ownWords
    }

    private func stopping(_ stopping: Stopping) -> [String] {
        let next =
            switch stopping.stage {
            case .awaitingStart: "Its process is only being made; it is asked to end then."
            case .draining(let until):
                "It gets no new connections, and those it has may end until \(words.future(until)), at the longest."
            case .hooks(let until): "Its pre_stop hooks run, until \(words.future(until)), at the longest."
            case .asked(let until):
                "It was asked to end and is killed at \(words.future(until)), should it still be there."
            case .killed(let again):
                "It was killed and is killed again at \(words.future(again)), should it still be there."
            }
        let then =
            switch stopping.purpose {
            case .byHand, .shutDown: "It stays stopped."
            case .removal: "It is forgotten then."
            case .replacement, .restartByHand, .dependencyRestart, .repair: "It is started again once it has ended."
            case .ownWill: "What follows is up to its restart policy, '\(policy.condition.rawValue)'."
            }
        return [
            "\(subject) is being stopped, \(since): \(engine.sentence(stopping.purpose, of: machine.id)).", next, then,
        ]
    }

    // MARK: What went before

    /// How much of the restart budget is spent.
    private var budget: String {
        let used = machine.ledger.used(policy, at: words.now)
        return "It has used \(used) of \(policy.budget) restarts allowed within "
            + "\(TimeWords.span(policy.budgetWindow)); one more than that means quarantine."
    }

    private var history: [String] {
        guard machine.restarts > 0 else { return [] }
        let last = machine.lastError.map { "; what went wrong last: \($0)" } ?? ""
        return ["It was restarted \(TimeWords.counted(machine.restarts, "time"))\(last)."]
    }

    private var lastFailure: [String] { machine.lastError.map { ["What went wrong last: \($0)."] } ?? [] }

    private var ownWords: [String] { machine.statusText.map { ["It says of itself: \($0)"] } ?? [] }

    var logs: [String] { ["What it printed: hale logs \(name)"] }
}
