/// Looking at parts of a value.
extension JSONValue {
    /// A member of an object, which it becomes by being written to.
    public subscript(_ key: String) -> JSONValue? {
        get {
            if case .object(let members) = self { members[key] } else { nil }
        }
        set {
            var members: [String: JSONValue] = [:]
            if case .object(let present) = self { members = present }
            members[key] = newValue
            self = .object(members)
        }
    }

    /// The text that it is, if any.
    public var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// The whole number that it is, if any.
    public var integer: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// The items of a list; none of anything else.
    public var items: [JSONValue] {
        if case .list(let items) = self { items } else { [] }
    }

    /// The members of an object; none of anything else.
    public var members: [String: JSONValue] {
        if case .object(let members) = self { members } else { [:] }
    }

    /// The keys of an object, sorted.
    public var keys: [String] { members.keys.sorted() }

    /// The same object with more keys, which come before its own; what is no object stays as it is.
    public func adding(_ more: [String: JSONValue]) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members.merging(more) { $1 })
    }

    /// Whether an engine takes it for nothing said: null, false, zero, or without content.
    public var isEmpty: Bool {
        switch self {
        case .null: true
        case .boolean(let flag): !flag
        case .integer(let number): number == 0
        case .number(let number): number == 0
        case .text(let text): text.isEmpty
        case .list(let items): items.isEmpty
        case .object(let members): members.isEmpty
        }
    }
}
