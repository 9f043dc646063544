public import Stack

/// A flag as `GET /v1/flags` answers it. Times are RFC 3339 in UTC.
public struct FlagStatus: Hashable, Sendable, Codable {
    /// Where its value comes from.
    public enum Source: String, Hashable, Sendable, Codable, CaseIterable {
        /// The default: no rule applies.
        case standard = "default"
        /// A rule.
        case rule
        /// A person.
        case override
    }

    /// What a person wants a flag to be.
    public struct Override: Hashable, Sendable, Codable {
        /// The value.
        public var value: JSONValue
        /// When it was asked for.
        public var since: String
        /// When it ends by itself; nil where it stays until it is cleared.
        public var until: String?
        /// Who asked, where that is known.
        public var by: String?

        /// An override of that value.
        public init(value: JSONValue, since: String, until: String?, by: String?) {
            self.value = value
            self.since = since
            self.until = until
            self.by = by
        }
    }

    /// Its name.
    public var name: String
    /// What its values are.
    public var type: FlagType
    /// Its value now.
    public var value: JSONValue
    /// Its value where no rule applies.
    public var defaultValue: JSONValue
    /// Where its value comes from.
    public var source: Source
    /// Which rule it comes from, counted from 1.
    public var rule: Int?
    /// Why it has this value, in a few words.
    public var why: String
    /// Since when it has this value.
    public var since: String
    /// What it is for.
    public var description: String?
    /// What a person wants of it, where somebody does.
    public var override: Override?

    enum CodingKeys: String, CodingKey {
        case name, type, value, source, rule, why, since, description, override
        case defaultValue = "default"
    }

    /// A flag of which all is known that is given.
    public init(
        name: String, type: FlagType, value: JSONValue, defaultValue: JSONValue, source: Source, rule: Int? = nil,
        why: String, since: String, description: String? = nil, override: Override? = nil
    ) {
        self.name = name
        self.type = type
        self.value = value
        self.defaultValue = defaultValue
        self.source = source
        self.rule = rule
        self.why = why
        self.since = since
        self.description = description
        self.override = override
    }
}

/// What `GET /v1/flags` answers.
struct FlagList: Codable {
    var flags: [FlagStatus]
}

extension FlagType {
    /// The value that a person means by `text`: text as it is, everything else as JSON. Nil where it is none of this type.
    public func value(of text: String) -> JSONValue? {
        guard self != .string else { return .text(text) }
        return (try? JSONText.decode(JSONValue.self, from: Array(text.utf8))).flatMap(accept)
    }
}
