/// A value of a Compose file after everything in it was resolved.
public enum ComposeValue: Sendable, Equatable {
    /// No value, as in `KEY:`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A whole number.
    case integer(Int64)
    /// A number with a fraction.
    case double(Double)
    /// Text.
    case string(String)
    /// A list.
    case list([ComposeValue])
    /// A mapping.
    case map(ComposeMap)

    /// The value under `key`; nil where this is no mapping or has no such key.
    public subscript(_ key: String) -> ComposeValue? {
        if case .map(let map) = self { map[key] } else { nil }
    }
}

/// A mapping that keeps the order in which its keys were written.
public typealias ComposeMap = OrderedMap<ComposeValue>
