/// Checks a merged file against the Compose Specification and says of everything that is wrong where it stands, what
/// was expected and what may have been meant.
struct Validator {
    /// More than these are not reported.
    static let maximumDiagnostics = 50

    private(set) var diagnostics: [Diagnostic] = []

    /// Throws what is wrong with a whole file, if anything is.
    static func validate(_ root: Node) throws(ComposeError) {
        var validator = Validator()
        validator.check(root, .record(Specification.project), path: [])
        guard validator.diagnostics.isEmpty else { throw ComposeError(diagnostics: validator.diagnostics) }
    }

    private mutating func report(_ mark: Mark, _ path: [String], _ message: String, hint: String? = nil) {
        guard diagnostics.count < Self.maximumDiagnostics else { return }
        let subject = path.isEmpty ? "" : path.joined(separator: ".") + ": "
        diagnostics.append(mark.diagnostic(subject + message, hint: hint))
    }

    private mutating func check(_ node: Node, _ shape: Shape, path: [String]) {
        if shape.acceptsAnything { return }
        switch node.content {
        case .map(let map):
            if let record = shape.record {
                checkRecord(map, record, node, path)
            } else if let dictionary = shape.dictionary {
                checkDictionary(map, dictionary, path)
            } else {
                mismatch(node, shape, path)
            }
        case .list(let list):
            if let items = shape.items {
                for (index, item) in list.enumerated() { check(item, items, path: path + ["\(index)"]) }
                if shape.areItemsUnique { checkUnique(list, path) }
            } else {
                mismatch(node, shape, path)
            }
        case .null, .bool, .integer, .double, .string:
            checkScalar(node, shape, path)
        }
    }

    private mutating func mismatch(_ node: Node, _ shape: Shape, _ path: [String]) {
        let found = node.scalarText.map { "\(node.kind) (\($0.prefix(40)))" } ?? node.kind
        let isUnquoted = node.scalarText != nil && shape.scalars.contains(.text)
        report(
            node.place, path, "expected \(shape.expectation), found \(found)",
            hint: isUnquoted ? "put it in quotes" : nil)
    }

    private mutating func checkRecord(_ map: NodeMap, _ record: Record, _ node: Node, _ path: [String]) {
        for (key, value) in map {
            if let shape = record.shapes[key] {
                check(value, shape, path: path + [key])
            } else if !(record.isExtensible && key.hasPrefix("x-")) && !record.isOpen {
                report(value.place, path, "unknown key '\(key)'", hint: suggestion(key, record.fields.map(\.name)))
            }
        }
        for key in record.required where map[key] == nil {
            report(node.place, path, "key '\(key)' is missing")
        }
    }

    private func suggestion(_ word: String, _ candidates: [String]) -> String? {
        nearest(word, in: candidates).map { "did you mean '\($0)'?" }
    }

    private mutating func checkDictionary(_ map: NodeMap, _ dictionary: Shape.Dictionary, _ path: [String]) {
        for (key, value) in map {
            if dictionary.areNamesRestricted, !Self.isName(key) {
                if !dictionary.ignoresOtherNames {
                    report(value.place, path, "expected a name of letters, digits, '.', '_' and '-', found '\(key)'")
                }
                continue
            }
            if key.isEmpty { report(value.place, path, "expected a name, found an empty string") }
            check(value, dictionary.values, path: path + [key])
        }
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    private mutating func checkUnique(_ list: [Node], _ path: [String]) {
        var texts = Set<String>()
        var others: [Node] = []
        for (index, item) in list.enumerated() {
            let isNew: Bool
            if let text = item.string {
                isNew = texts.insert(text).inserted
            } else {
                // Long lists of mappings are not compared: that would take the square of their length.
                isNew = others.count > 1_000 || !others.contains(item)
                if others.count <= 1_000 { others.append(item) }
            }
            if !isNew { report(item.place, path + ["\(index)"], "this item is already in the list") }
        }
    }

    private mutating func checkScalar(_ node: Node, _ shape: Shape, _ path: [String]) {
        switch node.content {
        case .null:
            guard shape.scalars.contains(.nothing) else { return mismatch(node, shape, path) }
        case .bool:
            guard shape.scalars.contains(.flag) else { return mismatch(node, shape, path) }
        case .integer(let number):
            guard !shape.scalars.isDisjoint(with: [.whole, .number]) else { return mismatch(node, shape, path) }
            if let range = shape.range, !range.contains(number) {
                report(node.place, path, "expected a number \(Self.words(range)), found \(number)")
            }
        case .double(let number):
            let isWhole = number == number.rounded() && shape.scalars.contains(.whole)
            guard isWhole || shape.scalars.contains(.number) else { return mismatch(node, shape, path) }
        case .string(let text):
            guard shape.scalars.contains(.text) else { return mismatch(node, shape, path) }
            checkText(text, node, shape, path)
        case .list, .map:
            break
        }
    }

    private mutating func checkText(_ text: String, _ node: Node, _ shape: Shape, _ path: [String]) {
        if !shape.choices.isEmpty, !shape.choices.contains(text) {
            report(
                node.place, path, "expected \(shape.expectation), found \"\(text)\"",
                hint: suggestion(text, shape.choices))
        }
        if let pattern = shape.pattern, !pattern.matches(text) {
            report(node.place, path, "expected \(pattern.expectation), found \"\(text)\"")
        }
    }

    private static func words(_ range: ClosedRange<Int64>) -> String {
        range.upperBound == .max ? "from \(range.lowerBound) up" : "from \(range.lowerBound) to \(range.upperBound)"
    }
}
