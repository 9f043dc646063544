public import Stack

/// The flags of a stack with their values: what rules, and people before them, make of the state of the services.
///
/// It decides nothing about services. Every value follows from what was told last, so that it can be judged as often as
/// one likes.
public struct FlagBoard: Hashable, Sendable {
    /// The flags, in the order of the file.
    public private(set) var flags: [Flag] = []
    /// What people have set by hand, by flag.
    public private(set) var overrides: [String: FlagOverride]
    private var verdicts: [String: FlagVerdict] = [:]
    private var since: [String: Instant] = [:]

    /// A board without flags; `overrides` are those from before Hale was restarted.
    public init(overrides: [String: FlagOverride] = [:]) {
        self.overrides = overrides
    }

    /// The services that rules are about.
    public var services: Set<String> { flags.reduce(into: []) { $0.formUnion($1.services) } }

    /// When a value changes by itself, if one does: the first end of an override.
    public var nextDeadline: Instant? { overrides.values.compactMap(\.until).min() }

    /// Every flag with its value as judged last; none before that.
    public var reports: [FlagReport] {
        flags.compactMap { flag in
            guard let verdict = verdicts[flag.name], let since = since[flag.name] else { return nil }
            return FlagReport(flag: flag, verdict: verdict, since: since, override: overrides[flag.name])
        }
    }

    /// Takes the flags of a new configuration. What was set by hand stays, unless its flag is gone or of another type.
    public mutating func configure(_ flags: [Flag]) {
        self.flags = flags
        let byName = Dictionary(flags.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        overrides = overrides.filter { name, override in byName[name]?.type.accept(override.value) != nil }
        verdicts = verdicts.filter { byName[$0.key] != nil }
        since = since.filter { byName[$0.key] != nil }
    }

    /// Takes a value that a person wants a flag to have; refused where there is no such flag or it has another type.
    public mutating func set(_ name: String, _ override: FlagOverride) throws(FlagRefusal) {
        guard let flag = flags.first(where: { $0.name == name }) else {
            throw .unknown(name, known: flags.map(\.name))
        }
        guard let value = flag.type.accept(override.value) else { throw .wrongType(flag) }
        overrides[name] = FlagOverride(
            value: value, until: override.until, since: override.since, by: override.by)
    }

    /// Gives a flag back to its rules; whether it was set by hand.
    public mutating func clear(_ name: String) throws(FlagRefusal) -> Bool {
        guard flags.contains(where: { $0.name == name }) else {
            throw .unknown(name, known: flags.map(\.name))
        }
        return overrides.removeValue(forKey: name) != nil
    }

    /// Judges every flag anew: what is set by hand comes first, then the first rule that applies, then the default.
    /// Returns what has changed; a flag that is judged for the first time has not.
    public mutating func judge(
        at now: Instant, _ condition: (String) -> ServiceCondition
    ) -> [FlagChange] {
        overrides = overrides.filter { _, override in override.until.map { now < $0 } ?? true }
        var known: [String: ServiceCondition] = [:]
        for name in services { known[name] = condition(name) }
        return flags.compactMap { flag in
            let verdict = verdict(of: flag) { known[$0] ?? ServiceCondition([.closed, .down]) }
            let former = verdicts.updateValue(verdict, forKey: flag.name)
            guard former?.value != verdict.value else { return nil }
            since[flag.name] = now
            return former.map { FlagChange(flag: flag, from: $0, to: verdict) }
        }
    }

    private func verdict(of flag: Flag, _ condition: (String) -> ServiceCondition) -> FlagVerdict {
        if let override = overrides[flag.name] { return FlagVerdict(value: override.value, source: .override) }
        for (place, rule) in flag.rules.enumerated() where rule.condition.holds(condition) {
            return FlagVerdict(value: rule.value, source: .rule(place))
        }
        return FlagVerdict(value: flag.defaultValue, source: .standard)
    }
}
