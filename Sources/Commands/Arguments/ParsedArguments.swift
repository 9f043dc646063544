internal import Stack

/// What was found on a command line, by option name.
struct ParsedArguments: Equatable {
    private(set) var values: [String: [String]] = [:]
    var operands: [String] = []

    mutating func add(_ value: String, to option: Option) {
        values[option.name, default: []].append(value)
    }

    /// Adds the flags of another part of the command line, as if they came after these.
    mutating func merge(flagsOf other: ParsedArguments) {
        values.merge(other.values) { $0 + $1 }
    }

    func isOn(_ option: Option) -> Bool { values[option.name]?.last == "true" }

    func value(_ option: Option) -> String? { values[option.name]?.last }

    func all(_ option: Option) -> [String] { values[option.name] ?? [] }

    /// A value that must be one of a few words.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ option: Option, _: Choice.Type
    ) throws(UsageError) -> Choice? where Choice.RawValue == String {
        guard let text = value(option) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let words = Choice.allCases.map(\.rawValue)
        throw UsageError("--\(option.name) is one of \(words.joined(separator: ", ")), not '\(text)'")
    }

    /// A value in seconds, `10`, or as a duration, `1m30s`; never negative.
    func duration(_ option: Option) throws(UsageError) -> Duration? {
        guard let text = value(option) else { return nil }
        if let seconds = Double(text), seconds >= 0, seconds < 1e9 { return .nanoseconds(Int64(seconds * 1e9)) }
        if let duration = DurationText.parse(text), duration >= .zero { return duration }
        throw UsageError("--\(option.name) is a number of seconds or a duration such as 1m30s, not '\(text)'")
    }

    /// A whole number, not negative.
    func count(_ option: Option) throws(UsageError) -> Int? {
        guard let text = value(option) else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw UsageError("--\(option.name) is a whole number, not '\(text)'")
        }
        return number
    }

    /// `NAME=NUMBER` values.
    func counts(_ option: Option) throws(UsageError) -> [String: Int] {
        try Self.counts(all(option), of: "--\(option.name)")
    }

    /// `NAME=NUMBER` words; `subject` says what they are in the refusal of others.
    static func counts(_ words: [String], of subject: String) throws(UsageError) -> [String: Int] {
        var counts: [String: Int] = [:]
        for text in words {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, let number = Int(parts[1]), number >= 0 else {
                throw UsageError("\(subject) is SERVICE=NUMBER, not '\(text)'")
            }
            counts[String(parts[0])] = number
        }
        return counts
    }
}
