internal import Platform

/// How probes put what they met into words.
enum Wording {
    /// What is met where nobody said who asks.
    static let passwordRequired = "password required"

    /// `2 s`, `1.5 s` or `300 ms`.
    static func duration(_ duration: Duration) -> String {
        let milliseconds = duration.components.seconds.multipliedReportingOverflow(by: 1000)
        guard !milliseconds.overflow, milliseconds.partialValue < .max - 1000 else { return "\(duration)" }
        let whole = milliseconds.partialValue + duration.components.attoseconds / 1_000_000_000_000_000
        guard whole >= 1000 else { return "\(whole) ms" }
        guard whole % 1000 != 0 else { return "\(whole / 1000) s" }
        let tenths = (whole + 50) / 100
        return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }

    /// errno's text in lower case: `connection refused`.
    static func systemError(_ number: Int32) -> String {
        SystemError(code: number, attempt: "").reason
    }

    /// A server's text made fit for a status line: one line, no control characters, at most 160 characters.
    static func line(_ text: some StringProtocol) -> String {
        let limit = 160
        var result = ""
        var length = 0
        for scalar in text.unicodeScalars {
            guard length < limit else { return result + "…" }
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            result.unicodeScalars.append(isControl ? " " : scalar)
            length += 1
        }
        return result
    }

    /// What arrived instead of the expected protocol: its first line where that is text, its first bytes otherwise.
    static func answered(_ bytes: ArraySlice<UInt8>) -> String {
        let first = bytes.prefix(40).prefix { $0 != 0x0D && $0 != 0x0A }
        if !first.isEmpty, first.allSatisfy({ (0x20...0x7E).contains($0) }) {
            return "answered \"\(String(decoding: first, as: UTF8.self))\""
        }
        let digits = Array("0123456789abcdef")
        let shown = bytes.prefix(8).map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }
        return "answered bytes \(shown.joined(separator: " "))"
    }
}
