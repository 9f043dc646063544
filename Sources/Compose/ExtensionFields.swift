internal import Stack

/// Collects what is wrong under `x-hale`, each with its place in the file.
struct Problems {
    let project: ComposeProject
    private var diagnostics: [Diagnostic] = []

    init(project: ComposeProject) {
        self.project = project
    }

    /// What is wrong with something that several services use is said once.
    mutating func report(_ path: [String], _ message: String, hint: String? = nil) {
        let place = project.position(of: path)
        let subject = path.isEmpty ? "" : path.joined(separator: ".") + ": "
        let diagnostic = Diagnostic(
            file: place?.file ?? project.files.first ?? "compose.yaml", line: place?.line ?? 1,
            column: place?.column ?? 1, message: subject + message, hint: hint.map { "did you mean '\($0)'?" })
        if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    }

    func throwIfAny() throws(ComposeError) {
        guard diagnostics.isEmpty else { throw ComposeError(diagnostics: diagnostics) }
    }
}

/// Reads a mapping field by field; a wrong type is a problem with its place, never a crash.
struct Fields {
    let value: ComposeValue?
    let path: [String]

    init(_ value: ComposeValue?, path: [String]) {
        self.value = value
        self.path = path
    }

    var map: ComposeMap { value?.map ?? ComposeMap() }

    subscript(_ key: String) -> ComposeValue? {
        guard let found = map[key], found != .null else { return nil }
        return found
    }

    func fields(_ key: String) -> Fields { Fields(self[key], path: path + [key]) }

    /// Reports a value that is no mapping, and every key that is not among `keys`.
    func allow(_ keys: [String], _ problems: inout Problems) {
        guard let value, value != .null else { return }
        guard let map = value.map else {
            problems.report(path, "expected a mapping with \(keys.joined(separator: ", "))")
            return
        }
        for key in map.keys where !keys.contains(key) {
            problems.report(path + [key], "unknown key '\(key)'", hint: nearest(key, in: keys))
        }
    }

    /// A string; numbers and booleans count as their text.
    func string(_ key: String, _ problems: inout Problems) -> String? {
        guard let value = self[key] else { return nil }
        if let text = value.scalarText { return text }
        problems.report(path + [key], "expected a string")
        return nil
    }

    func integer(_ key: String, _ problems: inout Problems) -> Int? {
        guard let value = self[key] else { return nil }
        if let text = value.scalarText, let number = Int(text) { return number }
        problems.report(path + [key], "expected a whole number")
        return nil
    }

    /// A number between 0 and 1.
    func ratio(_ key: String, _ problems: inout Problems) -> Double? {
        guard let value = self[key] else { return nil }
        if let share = value.number, (0...1).contains(share) { return share }
        problems.report(path + [key], "expected a number from 0 to 1")
        return nil
    }

    func port(_ key: String, _ problems: inout Problems) -> UInt16? {
        guard let value = self[key] else { return nil }
        if let text = value.scalarText, let number = UInt16(text), number > 0 { return number }
        problems.report(path + [key], "expected a port from 1 to 65535")
        return nil
    }

    func flag(_ key: String, _ problems: inout Problems) -> Bool? {
        guard let value = self[key] else { return nil }
        if case .bool(let flag) = value { return flag }
        problems.report(path + [key], "expected true or false")
        return nil
    }

    func duration(_ key: String, _ problems: inout Problems) -> Duration? {
        guard let value = self[key] else { return nil }
        if let text = value.scalarText, let duration = DurationText.parse(text), duration >= .zero { return duration }
        problems.report(path + [key], "expected a duration such as 500ms, 15s or 1m30s")
        return nil
    }

    /// An amount of bytes.
    func size(_ key: String, _ problems: inout Problems) -> Int64? {
        guard let value = self[key] else { return nil }
        if let text = value.scalarText, let size = ByteSize.parse(text) { return size }
        problems.report(path + [key], "expected a size such as 512KiB, 64MiB or 1g")
        return nil
    }

    func strings(_ key: String, _ problems: inout Problems) -> [String]? {
        guard let value = self[key] else { return nil }
        if let list = value.list {
            let texts = list.compactMap(\.scalarText)
            if texts.count == list.count { return texts }
        }
        problems.report(path + [key], "expected a list of strings")
        return nil
    }
}

extension ComposeValue {
    var map: ComposeMap? {
        if case .map(let map) = self { map } else { nil }
    }

    var list: [ComposeValue]? {
        if case .list(let list) = self { list } else { nil }
    }

    /// A number, also where it is written as text.
    var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .double(let number): number
        case .string(let text): Double(text)
        case .bool, .null, .list, .map: nil
        }
    }

    /// The text of a scalar: strings as they are, numbers and booleans as they are written.
    var scalarText: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .double(let number): number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : "\(number)"
        case .bool(let flag): flag ? "true" : "false"
        case .null, .list, .map: nil
        }
    }
}
