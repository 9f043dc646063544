internal import Stack

/// `deploy.update_config` and `deploy.rollback_config`.
struct UpdateLowering {
    let deploy: Fields

    func update(_ problems: inout Problems) -> UpdatePolicy? {
        policy(deploy.fields("update_config"), actions: UpdatePolicy.FailureAction.allCases, &problems)
    }

    /// The way back has no way back of its own.
    func rollback(_ problems: inout Problems) -> UpdatePolicy? {
        policy(deploy.fields("rollback_config"), actions: [.pause, .continue], &problems)
    }

    private func policy(
        _ fields: Fields, actions: [UpdatePolicy.FailureAction], _ problems: inout Problems
    ) -> UpdatePolicy? {
        guard fields.value != nil else { return nil }
        var policy = UpdatePolicy()
        policy.order =
            word("order", UpdatePolicy.Order.allCases, fields, &problems) ?? policy.order
        policy.failureAction = word("failure_action", actions, fields, &problems) ?? policy.failureAction
        policy.delay = fields.duration("delay", &problems) ?? policy.delay
        policy.monitor = fields.duration("monitor", &problems) ?? policy.monitor
        policy.maximumFailureRatio = fields.ratio("max_failure_ratio", &problems) ?? policy.maximumFailureRatio
        if let count = fields.integer("parallelism", &problems) {
            if count < 0 { problems.report(fields.path + ["parallelism"], "must not be negative; 0 is all at once") }
            policy.parallelism = max(0, count)
        }
        return policy
    }

    private func word<Word: RawRepresentable<String>>(
        _ key: String, _ known: [Word], _ fields: Fields, _ problems: inout Problems
    ) -> Word? {
        guard let text = fields.string(key, &problems), !text.isEmpty else { return nil }
        if let word = known.first(where: { $0.rawValue == text }) { return word }
        let names = known.map(\.rawValue)
        problems.report(
            fields.path + [key], "expected one of \(names.joined(separator: ", ")), not '\(text)'",
            hint: nearest(text, in: names))
        return nil
    }
}
