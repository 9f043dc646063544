internal import Stack

/// `restart`, `deploy.restart_policy` (which wins, as in Compose) and `x-hale.restart` as one policy.
struct RestartLowering {
    static let keys = ["backoff", "cap", "reset_after", "budget", "window", "release", "releases"]

    let fields: Fields
    let hale: Fields
    let hasCheck: Bool

    func policy(_ problems: inout Problems) -> RestartPolicy {
        var policy = RestartPolicy()
        let tuning = hale.fields("restart")
        // A file that says nothing of restarts, yet how to tell that the service is well, wants it kept well: it is
        // healed, but an exit with code 0 is final.
        policy.condition = hasCheck || tuning.value != nil ? .onFailure : .no
        readRestart(into: &policy, &problems)
        readDeploy(into: &policy, &problems)
        readTuning(tuning, into: &policy, &problems)
        return policy
    }

    private func readRestart(into policy: inout RestartPolicy, _ problems: inout Problems) {
        guard let text = fields.string("restart", &problems), !text.isEmpty else { return }
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard let condition = parts.first.flatMap(RestartPolicy.Condition.init) else {
            problems.report(
                fields.path + ["restart"], "unknown policy '\(text)'",
                hint: nearest(text, in: ["no", "always", "on-failure", "unless-stopped"]))
            return
        }
        policy.condition = condition
        guard parts.count == 2 else { return }
        if let attempts = Int(parts[1]), attempts >= 0 {
            policy.maximumAttempts = attempts > 0 ? attempts : nil
        } else {
            problems.report(fields.path + ["restart"], "expected on-failure:N with a whole number N")
        }
    }

    private func readDeploy(into policy: inout RestartPolicy, _ problems: inout Problems) {
        let deploy = fields.fields("deploy").fields("restart_policy")
        guard deploy.value != nil else { return }
        switch deploy.string("condition", &problems) ?? "any" {
        case "none": policy.condition = .no
        case "on-failure": policy.condition = .onFailure
        case "any", "always", "": policy.condition = .always
        case "unless-stopped": policy.condition = .unlessStopped
        case let other:
            problems.report(
                deploy.path + ["condition"], "unknown condition '\(other)'",
                hint: nearest(other, in: ["none", "on-failure", "any"]))
        }
        policy.delay = deploy.duration("delay", &problems)
        policy.window = deploy.duration("window", &problems)
        if let attempts = deploy.integer("max_attempts", &problems) {
            policy.maximumAttempts = attempts > 0 ? attempts : nil
        }
    }

    private func readTuning(_ tuning: Fields, into policy: inout RestartPolicy, _ problems: inout Problems) {
        tuning.allow(Self.keys, &problems)
        policy.backoff = tuning.duration("backoff", &problems) ?? policy.backoff
        policy.cap = tuning.duration("cap", &problems) ?? policy.cap
        policy.resetAfter = tuning.duration("reset_after", &problems) ?? policy.resetAfter
        policy.budgetWindow = tuning.duration("window", &problems) ?? policy.budgetWindow
        policy.release = tuning.duration("release", &problems) ?? policy.release
        policy.budget = count("budget", tuning, &problems) ?? policy.budget
        policy.maximumReleases = count("releases", tuning, &problems) ?? policy.maximumReleases
    }

    private func count(_ key: String, _ tuning: Fields, _ problems: inout Problems) -> Int? {
        guard let number = tuning.integer(key, &problems) else { return nil }
        if number < 0 { problems.report(tuning.path + [key], "must not be negative") }
        return max(0, number)
    }
}
