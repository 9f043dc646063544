public import Stack

/// A value that a person wants a flag to have, whatever its rules say.
public struct FlagOverride: Hashable, Sendable, Codable {
    /// The value.
    public var value: JSONValue
    /// When it ends by itself; nil where it stays until it is cleared.
    public var until: Instant?
    /// When it was asked for.
    public var since: Instant
    /// Who asked, where that is known.
    public var by: String?

    /// An override of that value.
    public init(value: JSONValue, until: Instant? = nil, since: Instant, by: String? = nil) {
        self.value = value
        self.until = until
        self.since = since
        self.by = by
    }

    /// The same by a clock that is ahead by `time`.
    public func shifted(by time: Duration) -> FlagOverride {
        FlagOverride(value: value, until: until.map { $0 + time }, since: since + time, by: by)
    }
}

/// A flag's value and where it comes from.
public struct FlagVerdict: Hashable, Sendable {
    /// Where a value comes from.
    public enum Source: Hashable, Sendable {
        /// The default: no rule applies.
        case standard
        /// The rule at that place of the flag's rules.
        case rule(Int)
        /// A person.
        case override
    }

    /// The value.
    public var value: JSONValue
    /// Where it comes from.
    public var source: Source
}

/// A flag as it is now.
public struct FlagReport: Hashable, Sendable {
    /// The flag.
    public var flag: Flag
    /// Its value and where it comes from.
    public var verdict: FlagVerdict
    /// Since when it has this value.
    public var since: Instant
    /// What a person wants of it, where somebody does.
    public var override: FlagOverride?

    /// Why it has this value, in a few words: `ollama is open: the model is away`.
    public var why: String { flag.why(verdict, by: override?.by) }
}

/// A flag that has another value than before.
public struct FlagChange: Hashable, Sendable {
    /// The flag.
    public var flag: Flag
    /// What it was.
    public var from: FlagVerdict
    /// What it is now.
    public var to: FlagVerdict

    /// Why, in a few words.
    public var cause: String {
        switch (from.source, to.source) {
        case (.override, .standard), (.override, .rule): "no longer set by hand; " + flag.why(to, by: nil)
        case (.rule(let place), .standard):
            flag.rules.indices.contains(place)
                ? "no longer: \(flag.rules[place].condition)" : flag.why(to, by: nil)
        case (.standard, _), (.rule, .rule), (.rule, .override), (.override, .override): flag.why(to, by: nil)
        }
    }
}

/// Why a flag cannot be set or cleared.
public enum FlagRefusal: Error, Hashable, Sendable {
    /// There is no flag of that name; those there are.
    case unknown(String, known: [String])
    /// The value is not of the flag's type.
    case wrongType(Flag)
}

extension Flag {
    fileprivate func why(_ verdict: FlagVerdict, by person: String?) -> String {
        switch verdict.source {
        case .standard: return rules.isEmpty ? "it has no rules" : "no rule applies"
        case .rule(let place):
            guard rules.indices.contains(place) else { return "a rule applies" }
            let rule = rules[place]
            return "\(rule.condition)" + (rule.reason.map { ": \($0)" } ?? "")
        case .override: return "set by " + (person ?? "hand")
        }
    }
}
