internal import Stack

/// Values of the canonical model in the form that the engine's API has for them; nil leaves a key out.
extension Fields {
    /// A whole number, also where the model has it as text, as it has amounts of bytes.
    func whole(_ key: String) -> ComposeValue? {
        self[key]?.whole.map(ComposeValue.integer)
    }

    /// A whole number other than 0, which the engine takes for "not said".
    func amount(_ key: String) -> ComposeValue? {
        let number = whole(key)
        return number == .integer(0) ? nil : number
    }

    /// A time in nanoseconds.
    func nanoseconds(_ key: String) -> ComposeValue? {
        self[key]?.scalarText.flatMap(DurationText.parse).map { .integer($0.nanoseconds) }
    }

    /// The items of a list of mappings.
    func items(_ key: String) -> [Fields] {
        (self[key]?.list ?? []).enumerated().map { Fields($1, path: path + [key, "\($0)"]) }
    }

    /// The texts of a list.
    func texts(_ key: String) -> [String] {
        (self[key]?.list ?? []).compactMap(\.scalarText)
    }
}

extension ComposeValue {
    /// The whole number that it is or names.
    var whole: Int64? {
        switch self {
        case .integer(let number): number
        case .double(let number): Int64(exactly: number)
        case .string(let text): Int64(text) ?? ByteSize.parse(text)
        case .null, .bool, .list, .map: nil
        }
    }

    /// A list; nil for one without items.
    static func unlessEmpty(_ items: [ComposeValue]) -> ComposeValue? {
        items.isEmpty ? nil : .list(items)
    }

    /// A list of texts; nil for one without items.
    static func unlessEmpty(_ texts: [String]) -> ComposeValue? {
        unlessEmpty(texts.map(ComposeValue.string))
    }

    /// A mapping; nil for one without entries.
    static func unlessEmpty(_ map: ComposeMap) -> ComposeValue? {
        map.isEmpty ? nil : .map(map)
    }

    /// Compact JSON with the keys of every mapping sorted, so that equal values are equal texts.
    var engineText: String {
        JSONRendering(isIndented: false).text(sortedByKey)
    }

    private var sortedByKey: ComposeValue {
        switch self {
        case .list(let items): .list(items.map(\.sortedByKey))
        case .map(let map): .map(map.sortedByKey().mapValues { _, value in value.sortedByKey })
        case .null, .bool, .integer, .double, .string: self
        }
    }
}
