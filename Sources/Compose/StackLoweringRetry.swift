internal import Stack

/// Reads `x-hale.retry`: `off` or a mapping.
struct RetryLowering {
    static let keys = ["attempts", "budget", "floor", "methods", "hedge"]
    /// Methods that the gateway tells apart. CONNECT is none of them: a tunnel cannot be repeated.
    static let methods = ["GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE"]

    let hale: Fields

    func policy(_ problems: inout Problems) -> RetryPolicy {
        var policy = RetryPolicy()
        if hale.isOff("retry") {
            policy.attempts = 1
            return policy
        }
        let fields = hale.fields("retry")
        fields.allow(Self.keys, &problems)
        policy.attempts = fields.count("attempts", in: 1...100, &problems) ?? policy.attempts
        policy.budget = fields.share("budget", allowsZero: true, &problems) ?? policy.budget
        policy.floor = fields.count("floor", in: 0...1_000, &problems) ?? policy.floor
        policy.methods = fields.methods("methods", among: Self.methods, &problems) ?? []
        policy.hedging = hedging(fields, &problems)
        if policy.hedging != .off, policy.budget == 0, policy.floor == 0 {
            problems.report(fields.path + ["hedge"], "needs a budget or a floor above zero")
        }
        return policy
    }

    private func hedging(_ fields: Fields, _ problems: inout Problems) -> Hedging {
        guard let value = fields["hedge"], !fields.isOff("hedge") else { return .off }
        if value.scalarText == "p95" { return .percentile95 }
        if let text = value.scalarText, let delay = DurationText.parse(text), delay > .zero { return .after(delay) }
        let expected = "expected off, p95 or a duration above 0 such as 50ms"
        problems.report(fields.path + ["hedge"], "\(expected)\(fields.found(value))")
        return .off
    }
}
