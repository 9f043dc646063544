internal import Stack

/// Values that have a range, or that may be `off`.
extension Fields {
    /// Whether the value is `off`, which YAML 1.1 took for false.
    func isOff(_ key: String) -> Bool {
        self[key] == .bool(false) || self[key] == .string("off")
    }

    /// A whole number in that range.
    func count(_ key: String, in range: ClosedRange<Int> = 1...1_000_000, _ problems: inout Problems) -> Int? {
        guard let value = self[key] else { return nil }
        if let number = value.scalarText.flatMap(Int.init), range.contains(number) { return number }
        problems.report(
            path + [key], "expected a whole number from \(range.lowerBound) to \(range.upperBound)\(found(value))")
        return nil
    }

    /// A share of the whole, 0 to 1: `50%` and `0.5` are the same.
    func share(_ key: String, allowsZero: Bool = false, _ problems: inout Problems) -> Double? {
        guard let value = self[key] else { return nil }
        if let share = value.scalarText.flatMap(Self.share), (0...1).contains(share), share > 0 || allowsZero {
            return share
        }
        let range = allowsZero ? "from 0% to 100%" : "above 0% and up to 100%"
        problems.report(path + [key], "expected a share \(range), such as 50% or 0.5\(found(value))")
        return nil
    }

    private static func share(_ text: String) -> Double? {
        text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
    }

    /// A duration that is longer than nothing.
    func wait(_ key: String, orOff: Bool = false, _ problems: inout Problems) -> Duration? {
        guard let value = self[key] else { return nil }
        if let wait = value.scalarText.flatMap(DurationText.parse), wait > .zero { return wait }
        let words = orOff ? ", or off" : ""
        problems.report(path + [key], "expected a duration above 0 such as 500ms, 15s or 1m30s\(words)\(found(value))")
        return nil
    }

    /// A duration that is longer than nothing, or nil for `off`; `current` where the file says neither.
    func wait(_ key: String, otherwise current: Duration?, _ problems: inout Problems) -> Duration? {
        isOff(key) ? nil : wait(key, orOff: true, &problems) ?? current
    }

    /// One of the names of an enumeration; `others` are names that are understood besides.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, others: [String] = [], _ problems: inout Problems
    ) -> Choice? where Choice.RawValue == String {
        guard let value = self[key] else { return nil }
        if let choice = value.scalarText.flatMap(Choice.init(rawValue:)) { return choice }
        let names = Choice.allCases.map(\.rawValue) + others
        problems.report(
            path + [key], "expected one of \(names.joined(separator: ", "))\(found(value))",
            hint: value.scalarText.flatMap { nearest($0, in: names) })
        return nil
    }

    /// An amount of bytes, of which there is no use for less than 1 KiB; `name` says what `most` is.
    func size(_ key: String, atMost most: Int64, _ name: String, _ problems: inout Problems) -> Int64? {
        guard let size = size(key, &problems) else { return nil }
        if (1_024...max(most, 1_024)).contains(size) { return size }
        problems.report(path + [key], "must be at least 1KiB and not larger than \(name)")
        return nil
    }

    /// Methods of HTTP requests, in capitals, however they are written; those that are not `among` these are reported.
    func methods(_ key: String, among known: [String], _ problems: inout Problems) -> Set<String>? {
        guard let texts = strings(key, &problems) else { return nil }
        let methods = texts.map { $0.uppercased() }
        for (index, method) in methods.enumerated() where !known.contains(method) {
            problems.report(
                path + [key, "\(index)"],
                "expected one of \(known.joined(separator: ", ")), found '\(texts[index])'",
                hint: nearest(method, in: known))
        }
        return Set(methods.filter(known.contains))
    }

    /// What stands there instead of what was expected, for the end of a sentence.
    func found(_ value: ComposeValue) -> String {
        value.scalarText.map { ", found '\($0)'" } ?? ""
    }
}
