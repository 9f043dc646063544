/// Durations as people write them in Compose files: `1m30s`, `500ms`, `1.5h`, `2d`.
///
/// The units are those of Go's `time.ParseDuration` (ns, us, µs, ms, s, m, h), which the Compose Specification takes
/// over, and d and w, which it adds.
public enum DurationText {
    /// The duration that `text` names, or nil where it names none. A bare number is not a duration, but for 0.
    public static func parse(_ text: some StringProtocol) -> Duration? {
        if text == "0" { return .zero }
        var rest = Substring(text)
        let negative = rest.first == "-"
        if negative || rest.first == "+" { rest.removeFirst() }
        guard !rest.isEmpty else { return nil }
        var total: Double = 0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            rest = rest.dropFirst(unit.count)
            guard let value = Double(number), let factor = nanoseconds(in: unit) else { return nil }
            total += value * factor
        }
        guard total < 9.2e18 else { return nil }
        let whole = Int64(total.rounded())
        return .nanoseconds(negative ? -whole : whole)
    }

    /// The shortest usual way to write `duration`: `90s` is `1m30s`, 1500 ms is `1.5s`.
    public static func format(_ duration: Duration) -> String {
        let all = duration.nanoseconds
        guard all != .min else { return "-292y" }
        let sign = all < 0 ? "-" : ""
        let nanoseconds = abs(all)
        switch nanoseconds {
        case 0: return "0s"
        case ..<1_000: return "\(sign)\(nanoseconds)ns"
        case ..<1_000_000: return sign + decimal(nanoseconds, unit: 1_000) + "us"
        case ..<1_000_000_000: return sign + decimal(nanoseconds, unit: 1_000_000) + "ms"
        default: break
        }
        let minutes = nanoseconds / 60_000_000_000
        let seconds = nanoseconds % 60_000_000_000
        var text = sign
        if minutes >= 60 { text += "\(minutes / 60)h" }
        if minutes % 60 > 0 { text += "\(minutes % 60)m" }
        if seconds > 0 { text += decimal(seconds, unit: 1_000_000_000) + "s" }
        return text
    }

    private static func nanoseconds(in unit: Substring) -> Double? {
        switch unit {
        case "ns": 1
        case "us", "µs", "μs": 1e3
        case "ms": 1e6
        case "s": 1e9
        case "m": 60e9
        case "h": 3600e9
        case "d": 86_400e9
        case "w": 604_800e9
        default: nil
        }
    }

    /// `value / unit` with as many of three decimals as it needs.
    private static func decimal(_ value: Int64, unit: Int64) -> String {
        let thousandths = value % unit * 1_000 / unit
        guard thousandths > 0 else { return "\(value / unit)" }
        var digits = String(String(thousandths + 1_000).dropFirst())
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(value / unit).\(digits)"
    }
}
