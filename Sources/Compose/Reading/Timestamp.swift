/// Dates that stand in a file without quotes. Compose's own parser takes them for points in time, and where text is
/// asked for prints them in full: `2024-01-01` becomes `2024-01-01 00:00:00 +0000 UTC`.
enum Timestamp {
    private static var pattern:
        Regex<(Substring, Substring, Substring, Substring, Substring?, Substring?, Substring?, Substring?, Substring?)>
    {
        /(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt]|\s+)(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?(Z|[-+]\d{2}:\d{2})?)?/
    }

    /// Whether `text` is written as a date.
    static func isWritten(_ text: String) -> Bool {
        // Nearly every scalar is none, and a regular expression is slow to say so.
        guard text.utf8.count >= 8, text.utf8.dropFirst(4).first == UInt8(ascii: "-") else { return false }
        return self.text(text) != nil
    }

    /// `text` as Compose prints it; nil where it is no date.
    static func text(_ text: String) -> String? {
        guard let match = text.wholeMatch(of: pattern)?.output else { return nil }
        guard let year = Int(match.1), let month = Int(match.2), let day = Int(match.3) else { return nil }
        guard (1...12).contains(month), (1...days(month, year)).contains(day) else { return nil }
        let clock = [match.4, match.5, match.6].map { $0.flatMap { Int($0) } ?? 0 }
        guard clock[0] < 24, clock[1] < 60, clock[2] < 60 else { return nil }
        // A time with a T needs a zone, one with a space may not have one.
        let hasT = text.contains { $0 == "T" || $0 == "t" }
        if match.4 != nil, hasT != (match.8 != nil) { return nil }
        var fraction = String(match.7 ?? "")
        while fraction.hasSuffix("0") { fraction.removeLast() }
        let time = clock.map(twoDigits).joined(separator: ":") + (fraction.isEmpty ? "" : "." + fraction)
        return "\(match.1)-\(twoDigits(month))-\(twoDigits(day)) \(time) \(zone(match.8))"
    }

    private static func zone(_ text: Substring?) -> String {
        guard let text, text != "Z", text != "+00:00" else { return "+0000 UTC" }
        let digits = text.filter { $0 != ":" }
        return "\(digits) \(digits)"
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    private static func days(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        default: 31
        }
    }
}
