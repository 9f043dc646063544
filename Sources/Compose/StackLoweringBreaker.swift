internal import Stack

/// Reads `x-hale.breaker`: `off`, the name of a mode, or a mapping.
struct BreakerLowering {
    static let keys = [
        "mode", "failure_rate", "slow_rate", "slow", "window", "minimum_calls", "consecutive_failures", "open",
        "open_cap", "reset_after", "half_open_calls", "half_open_lease",
    ]

    let hale: Fields

    func policy(_ problems: inout Problems) -> BreakerPolicy {
        var policy = BreakerPolicy()
        guard hale["breaker"]?.scalarText == nil else {
            policy.mode = mode("breaker", of: hale, &problems) ?? policy.mode
            return policy
        }
        let fields = hale.fields("breaker")
        fields.allow(Self.keys, &problems)
        policy.mode = mode("mode", of: fields, &problems) ?? policy.mode
        readRates(fields, into: &policy, &problems)
        readTimes(fields, into: &policy, &problems)
        policy.halfOpenPermits = fields.count("half_open_calls", in: 1...256, &problems) ?? policy.halfOpenPermits
        policy.permitLease = lease(fields, &problems) ?? policy.permitLease
        return policy
    }

    /// Which calls are slow.
    func slow(_ problems: inout Problems) -> SlowCalls {
        let fields = hale.fields("breaker")
        guard fields.value?.map != nil, fields["slow"] != nil else { return .automatic }
        if fields.isOff("slow") { return .never }
        return fields.wait("slow", orOff: true, &problems).map { .after($0) } ?? .automatic
    }

    private func mode(_ key: String, of fields: Fields, _ problems: inout Problems) -> BreakerPolicy.Mode? {
        fields.isOff(key) ? .disabled : fields.choice(key, others: ["off"], &problems)
    }

    private func readRates(_ fields: Fields, into policy: inout BreakerPolicy, _ problems: inout Problems) {
        policy.failureRate = fields.share("failure_rate", &problems) ?? policy.failureRate
        policy.slowCallRate = fields.share("slow_rate", &problems) ?? policy.slowCallRate
        policy.window = window(fields, &problems) ?? policy.window
        policy.minimumCalls = fields.count("minimum_calls", &problems) ?? policy.minimumCalls
        if fields.isOff("consecutive_failures") {
            policy.consecutiveFailures = nil
        } else {
            policy.consecutiveFailures = fields.count("consecutive_failures", &problems) ?? policy.consecutiveFailures
        }
    }

    /// `30s` is a time, `100` a number of calls.
    private func window(_ fields: Fields, _ problems: inout Problems) -> BreakerPolicy.Window? {
        guard let value = fields["window"] else { return nil }
        let text = value.scalarText ?? ""
        if let count = Int(text) {
            if (1...10_000).contains(count) { return .count(count) }
        } else if let time = DurationText.parse(text), time >= .milliseconds(1) {
            return .time(time)
        }
        problems.report(
            fields.path + ["window"],
            "expected a time of at least 1ms such as 30s, or a number of calls from 1 to 10000")
        return nil
    }

    private func readTimes(_ fields: Fields, into policy: inout BreakerPolicy, _ problems: inout Problems) {
        policy.open = fields.duration("open", &problems) ?? policy.open
        policy.resetAfter = fields.duration("reset_after", &problems) ?? policy.resetAfter
        guard let cap = fields.duration("open_cap", &problems) else {
            policy.openCap = max(policy.openCap, policy.open)
            return
        }
        policy.openCap = cap
        if cap < policy.open {
            problems.report(
                fields.path + ["open_cap"], "must not be shorter than open (\(DurationText.format(policy.open)))")
        }
    }

    private func lease(_ fields: Fields, _ problems: inout Problems) -> Duration? {
        guard let lease = fields.duration("half_open_lease", &problems) else { return nil }
        if lease < .milliseconds(1) { problems.report(fields.path + ["half_open_lease"], "must be at least 1ms") }
        return lease
    }
}
