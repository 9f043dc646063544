/// A file that is read; told apart by identity, so that every value can say where it came from at the price of a
/// pointer.
final class SourceFile: Sendable {
    let path: String

    init(_ path: String) {
        self.path = path
    }
}

/// Where a value was written.
struct Mark: Sendable {
    var file: SourceFile
    var line: Int32
    var column: Int32

    init(_ file: SourceFile, line: Int = 1, column: Int = 1) {
        self.file = file
        self.line = Int32(clamping: line)
        self.column = Int32(clamping: column)
    }

    var position: SourcePosition {
        SourcePosition(file: file.path, line: Int(line), column: Int(column))
    }

    func error(_ message: String, hint: String? = nil) -> ComposeError {
        ComposeError(diagnostics: [diagnostic(message, hint: hint)])
    }

    func diagnostic(_ message: String, hint: String? = nil) -> Diagnostic {
        Diagnostic(file: file.path, line: Int(line), column: Int(column), message: message, hint: hint)
    }
}

/// A value while it is being resolved: what it is, and where it was written.
struct Node: Sendable {
    enum Content: Sendable {
        case null
        case bool(Bool)
        case integer(Int64)
        case double(Double)
        case string(String)
        case list([Node])
        case map(NodeMap)
    }

    var content: Content
    /// Where the value begins.
    var mark: Mark
    /// Where its key is, for a value of a mapping.
    var key: Mark?
    /// Whether it was tagged `!override`.
    var isOverride = false
    /// Whether it was written as a date without quotes, which Compose prints in a form of its own.
    var isTimestamp = false
    /// The keys of this mapping that were tagged `!reset`.
    var resets: [String] = []

    init(_ content: Content, at mark: Mark, key: Mark? = nil) {
        self.content = content
        self.mark = mark
        self.key = key
    }

    /// What a diagnostic about this value points at.
    var place: Mark { key ?? mark }
}

typealias NodeMap = OrderedMap<Node>

extension Node {
    var map: NodeMap? {
        get { if case .map(let map) = content { map } else { nil } }
        set { if let newValue { content = .map(newValue) } }
    }

    var list: [Node]? {
        if case .list(let list) = content { list } else { nil }
    }

    var string: String? {
        if case .string(let text) = content { text } else { nil }
    }

    var bool: Bool? {
        if case .bool(let flag) = content { flag } else { nil }
    }

    var integer: Int64? {
        if case .integer(let number) = content { number } else { nil }
    }

    var isNull: Bool {
        if case .null = content { true } else { false }
    }

    subscript(_ key: String) -> Node? { map?[key] }

    /// The same place with another value.
    func with(_ content: Content) -> Node {
        var copy = self
        copy.content = content
        return copy
    }

    /// A new value that is said to stand where this one stands.
    func derived(_ content: Content) -> Node {
        Node(content, at: mark, key: key)
    }

    /// A scalar as text, written as the reference implementation writes it; nil for null, lists and mappings.
    var scalarText: String? {
        switch content {
        case .string(let text): isTimestamp ? Timestamp.text(text) ?? text : text
        case .integer(let number): String(number)
        case .double(let number): NumberText.shortest(number)
        case .bool(let flag): flag ? "true" : "false"
        case .null, .list, .map: nil
        }
    }

    /// What kind of value it is, in words for a message.
    var kind: String {
        switch content {
        case .null: "nothing"
        case .bool: "true or false"
        case .integer, .double: "a number"
        case .string: "a string"
        case .list: "a list"
        case .map: "a mapping"
        }
    }

    /// The value without the places.
    var value: ComposeValue {
        switch content {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .integer(let number): .integer(number)
        case .double(let number): .double(number)
        case .string(let text): .string(text)
        case .list(let items): .list(items.map(\.value))
        case .map(let map): .map(map.mapValues { _, node in node.value })
        }
    }
}

extension Node: Equatable {
    /// Whether both hold the same value, wherever it was written.
    static func == (left: Node, right: Node) -> Bool {
        switch (left.content, right.content) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.double(let left), .double(let right)): left == right
        case (.integer(let left), .double(let right)), (.double(let right), .integer(let left)): Double(left) == right
        case (.string(let left), .string(let right)): left == right
        case (.list(let left), .list(let right)): left == right
        case (.map(let left), .map(let right)): left == right
        case (.null, _), (.bool, _), (.integer, _), (.double, _), (.string, _), (.list, _), (.map, _): false
        }
    }
}
