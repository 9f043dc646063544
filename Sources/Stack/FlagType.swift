/// The type of a flag's values, which stays the same whatever applies.
public enum FlagType: String, Hashable, Sendable, Codable, CaseIterable {
    /// On or off.
    case boolean
    /// Text.
    case string
    /// A whole number.
    case integer
    /// Any number.
    case number
    /// A JSON object.
    case object

    /// What a value of it is, for a message ("true or false").
    public var expectation: String {
        switch self {
        case .boolean: "true or false"
        case .string: "text"
        case .integer: "a whole number"
        case .number: "a number"
        case .object: "a mapping"
        }
    }

    /// The value as one of this type, or nil where it is of another; a whole number is a number as well.
    public func accept(_ value: JSONValue) -> JSONValue? {
        switch (self, value) {
        case (.boolean, .boolean), (.string, .text), (.integer, .integer), (.object, .object): return value
        case (.number, .number(let number)): return number.isFinite ? value : nil
        case (.number, .integer(let number)): return .number(Double(number))
        case (.boolean, _), (.string, _), (.integer, _), (.number, _), (.object, _): return nil
        }
    }
}

extension JSONValue {
    /// The type of a flag whose default this is; nil for what no flag can be.
    public var type: FlagType? {
        switch self {
        case .boolean: .boolean
        case .text: .string
        case .integer: .integer
        case .number(let number): number.isFinite ? .number : nil
        case .object: .object
        case .null, .list: nil
        }
    }
}
