/// What may stand at a place of a Compose file, and what it becomes in the resolved model.
///
/// A place may take several kinds of value (a string or a list, say); the kinds are told apart by what the file has.
struct Shape: Sendable {
    /// The kinds of scalar.
    struct Scalars: OptionSet, Sendable {
        let rawValue: Int

        static let text = Scalars(rawValue: 1)
        static let number = Scalars(rawValue: 2)
        static let whole = Scalars(rawValue: 4)
        static let flag = Scalars(rawValue: 8)
        static let nothing = Scalars(rawValue: 16)
    }

    /// A mapping whose keys are names of the user's choice.
    struct Dictionary: Sendable {
        var values: Shape
        /// Whether names are made of letters, digits, `.`, `_` and `-` only.
        var areNamesRestricted = false
        /// Whether names that are not made so are let through unchecked.
        var ignoresOtherNames = false
    }

    var scalars: Scalars = []
    /// The only words allowed, where there is such a limit.
    var choices: [String] = []
    var range: ClosedRange<Int64>?
    var pattern: TextPattern?
    private var boxedItems: [Shape] = []
    var areItemsUnique = false
    private var boxedDictionary: [Dictionary] = []
    var record: Record?
    var acceptsAnything = false
    var form: Form

    init(_ scalars: Scalars, _ form: Form) {
        self.scalars = scalars
        self.form = form
    }

    var items: Shape? {
        get { boxedItems.first }
        set { boxedItems = newValue.map { [$0] } ?? [] }
    }

    var dictionary: Dictionary? {
        get { boxedDictionary.first }
        set { boxedDictionary = newValue.map { [$0] } ?? [] }
    }

    /// The kinds in words, for a message.
    var expectation: String {
        if !choices.isEmpty, record == nil, items == nil { return Shape.listed(choices.map { "\"\($0)\"" }) }
        var kinds: [String] = []
        if scalars.contains(.text) { kinds.append("a string") }
        if scalars.contains(.number) { kinds.append("a number") }
        if scalars.contains(.whole) { kinds.append("a whole number") }
        if scalars.contains(.flag) { kinds.append("a boolean") }
        if items != nil { kinds.append("a list") }
        if record != nil || dictionary != nil { kinds.append("a mapping") }
        return Shape.listed(kinds)
    }

    private static func listed(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "nothing" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}

/// What a text has to be like.
enum TextPattern: Sendable {
    case containerName, pullPolicy

    var expectation: String {
        switch self {
        case .containerName: "a name of at least two letters, digits, '_', '.' and '-'"
        case .pullPolicy:
            "always, never, build, if_not_present, missing, refresh, daily, weekly or every_DURATION"
        }
    }

    func matches(_ text: String) -> Bool {
        switch self {
        case .containerName: text.contains(/[a-zA-Z0-9][a-zA-Z0-9_.-]+/)
        case .pullPolicy:
            text.contains(/always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+/)
        }
    }
}

/// A mapping with known keys.
struct Record: Sendable {
    /// In the order in which they are printed.
    var fields: [(name: String, shape: Shape)]
    var required: [String]
    /// Whether `x-…` keys are allowed.
    var isExtensible: Bool
    /// Whether any other key is allowed.
    var isOpen: Bool
    let shapes: [String: Shape]
    /// Where each field is printed among the others.
    let places: [String: Int]

    init(
        _ fields: [(name: String, shape: Shape)], required: [String] = [], isExtensible: Bool = true,
        isOpen: Bool = false
    ) {
        self.fields = fields
        self.required = required
        self.isExtensible = isExtensible
        self.isOpen = isOpen
        shapes = Dictionary(fields.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
        places = Dictionary(fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

/// What a value becomes in the resolved model. Empty values are left out unless said otherwise.
indirect enum Form: Sendable {
    case text
    case flag
    /// `false` is kept.
    case optionalFlag
    /// `true`, the default, is left out.
    case flagUnlessTrue
    case whole
    /// 0 is kept.
    case optionalWhole
    case number
    /// Bytes as decimal digits.
    case bytes
    case duration
    /// 0 is kept.
    case optionalDuration
    /// A list of strings.
    case texts
    /// A list of words; empty ones are kept, they clear what the image says.
    case words
    /// `["CMD-SHELL", text]` for a text.
    case test
    /// Names to texts or nothing.
    case environment
    /// Names to texts.
    case texted
    /// Names to lists of texts.
    case multiple
    case hosts
    case keys
    /// -1 for `all`.
    case count
    case fileMode
    case limit
    /// Kept even when it is empty.
    case record
    case recordUnlessEmpty
    case dictionary
    case list
    case untouched
    /// Checked, but no part of the resolved model.
    case dropped
}

extension Shape {
    static let text = Shape(.text, .text)
    static let flag = Shape([.flag, .text], .flag)
    static let whole = Shape([.whole, .text], .whole)
    static let number = Shape([.number, .text], .number)
    static let bytes = Shape([.number, .text], .bytes)
    static let duration = Shape(.text, .optionalDuration)
    static let texts = list(of: .text, isUnique: true, form: .texts)
    static let manyTexts = list(of: .text, form: .texts)
    static let anything: Shape = {
        var shape = Shape([], .untouched)
        shape.acceptsAnything = true
        return shape
    }()
    /// A string or a list of strings.
    static let textOrTexts = texts.or(.text)
    /// A mapping of scalars or a list of `name=value`.
    static let pairs: Shape = {
        var shape = texts
        shape.dictionary = Dictionary(values: Shape([.text, .number, .flag, .nothing], .text))
        return shape.with(form: .texted)
    }()
    /// Options of a driver.
    static let options: Shape = named(Shape([.text, .number], .text), form: .texted)
    static let labels = pairs
    static let command = list(of: .text, form: .words).or([.text, .nothing])

    static func choice(_ words: String...) -> Shape {
        var shape = text
        shape.choices = words
        return shape
    }

    static func list(of items: Shape, isUnique: Bool = false, form: Form = .list) -> Shape {
        var shape = Shape([], form)
        shape.items = items
        shape.areItemsUnique = isUnique
        return shape
    }

    static func named(
        _ values: Shape, isRestricted: Bool = false, ignoresOtherNames: Bool = false, form: Form = .dictionary
    ) -> Shape {
        var shape = Shape([], form)
        shape.dictionary = Dictionary(
            values: values, areNamesRestricted: isRestricted, ignoresOtherNames: ignoresOtherNames)
        return shape
    }

    static func record(_ record: Record) -> Shape {
        var shape = Shape([], .record)
        shape.record = record
        return shape
    }

    static func text(_ pattern: TextPattern) -> Shape {
        var shape = text
        shape.pattern = pattern
        return shape
    }

    func or(_ scalars: Scalars) -> Shape {
        var shape = self
        shape.scalars.formUnion(scalars)
        return shape
    }

    func orList(of items: Shape, isUnique: Bool = false) -> Shape {
        var shape = self
        shape.items = items
        shape.areItemsUnique = isUnique
        return shape
    }

    func with(form: Form) -> Shape {
        var shape = self
        shape.form = form
        return shape
    }

    func within(_ range: ClosedRange<Int64>) -> Shape {
        var shape = self
        shape.range = range
        return shape
    }
}
