/// A feature flag: a value that applications ask for, so that they do with less while a service cannot be relied on.
public struct Flag: Hashable, Sendable, Codable {
    /// Its name, which is the key that applications ask for.
    public var name: String
    /// What its values are.
    public var type: FlagType
    /// Its value where no rule applies.
    public var defaultValue: JSONValue
    /// The first whose condition holds gives the value.
    public var rules: [FlagRule]
    /// What it is for, where the file says so.
    public var description: String?

    /// A flag of that type; values of another are not looked for again.
    public init(
        name: String, type: FlagType, defaultValue: JSONValue, rules: [FlagRule] = [], description: String? = nil
    ) {
        self.name = name
        self.type = type
        self.defaultValue = defaultValue
        self.rules = rules
        self.description = description
    }

    /// Reads a flag. Kept as JSON, 1.0 is 1: what the type says counts.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        type = try container.decode(FlagType.self, forKey: .type)
        let value = try container.decode(JSONValue.self, forKey: .defaultValue)
        defaultValue = type.accept(value) ?? value
        rules = try container.decode([FlagRule].self, forKey: .rules)
        for place in rules.indices { rules[place].value = type.accept(rules[place].value) ?? rules[place].value }
        description = try container.decodeIfPresent(String.self, forKey: .description)
    }

    /// The services that its rules are about.
    public var services: Set<String> { rules.reduce(into: []) { $0.formUnion($1.condition.services) } }
}

/// The value that a flag has while a condition holds.
public struct FlagRule: Hashable, Sendable, Codable {
    /// When it applies.
    public var condition: FlagCondition
    /// The flag's value meanwhile.
    public var value: JSONValue
    /// Why, in the words of the file.
    public var reason: String?

    /// A rule for a flag of the value's type.
    public init(condition: FlagCondition, value: JSONValue, reason: String? = nil) {
        self.condition = condition
        self.value = value
        self.reason = reason
    }
}

/// What a rule says of services: `ollama is open and not postgres is degraded`.
public indirect enum FlagCondition: Hashable, Sendable, Codable {
    /// The service is in that state.
    case service(String, FlagCondition.State)
    /// It does not hold.
    case not(FlagCondition)
    /// Both hold.
    case both(FlagCondition, FlagCondition)
    /// One of them holds, or both do.
    case either(FlagCondition, FlagCondition)

    /// What a service may be. Those of its breaker exclude each other; of the others several may hold at a time.
    public enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// Its circuit breaker keeps calls away.
        case open
        /// Its circuit breaker lets a few calls through on trial.
        case halfOpen = "half-open"
        /// Its circuit breaker lets calls through, or it has none.
        case closed
        /// The probes of an instance fail.
        case unhealthy
        /// No instance of it is well.
        case down
        /// An instance is well and another is not.
        case degraded
        /// An instance waits for what the service depends on.
        case waiting
        /// Its clients are kept waiting while it is repaired.
        case held
    }

    /// The services that it names.
    public var services: Set<String> {
        switch self {
        case .service(let name, _): [name]
        case .not(let condition): condition.services
        case .both(let left, let right), .either(let left, let right): left.services.union(right.services)
        }
    }
}

extension FlagCondition: CustomStringConvertible {
    /// As it is written in a file, with no more parentheses than it needs.
    public var description: String {
        switch self {
        case .service(let name, let state): "\(name) is \(state.rawValue)"
        case .not(.both(let left, let right)): "not (\(FlagCondition.both(left, right)))"
        case .not(.either(let left, let right)): "not (\(FlagCondition.either(left, right)))"
        case .not(let condition): "not \(condition)"
        case .both(let left, let right): "\(left.inConjunction) and \(right.inConjunction)"
        case .either(let left, let right): "\(left) or \(right)"
        }
    }

    private var inConjunction: String {
        if case .either = self { "(\(self))" } else { description }
    }
}
