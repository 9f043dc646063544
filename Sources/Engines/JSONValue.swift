internal import FoundationEssentials

/// A JSON value (RFC 8259) of which only parts are looked at; the rest is passed on as it is.
public enum JSONValue: Hashable, Sendable {
    /// No value.
    case null
    /// `true` or `false`.
    case boolean(Bool)
    /// A whole number.
    case integer(Int64)
    /// A number with a fraction, or one too large.
    case number(Double)
    /// Text.
    case text(String)
    /// A list.
    case list([JSONValue])
    /// An object.
    case object([String: JSONValue])

    /// Reads a document; nil where it is none.
    public init?(json: String) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(json.utf8)) else { return nil }
        self = value
    }

    /// The document, with its keys sorted.
    public var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { Array($0) } ?? []
    }

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

extension JSONValue: Codable {
    /// Reads any value.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .boolean(flag)
        } else if let number = try? container.decode(Int64.self) {
            self = .integer(number)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let items = try? container.decode([JSONValue].self) {
            self = .list(items)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Writes it.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let flag): try container.encode(flag)
        case .integer(let number): try container.encode(number)
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        case .list(let items): try container.encode(items)
        case .object(let members): try container.encode(members)
        }
    }
}
