/// Durations as the resolved model writes them: `1m30s`, `1h0m0s`, `1.5s`, `500ms`, `0s`.
enum CanonicalDuration {
    static func text(_ nanoseconds: Int64) -> String {
        let sign = nanoseconds < 0 ? "-" : ""
        let amount = nanoseconds.magnitude
        switch amount {
        case 0: return "0s"
        case ..<1_000: return "\(sign)\(amount)ns"
        case ..<1_000_000: return sign + decimal(amount, unit: 1_000) + "µs"
        case ..<1_000_000_000: return sign + decimal(amount, unit: 1_000_000) + "ms"
        default: break
        }
        let minutes = amount / 60_000_000_000
        let seconds = decimal(amount % 60_000_000_000, unit: 1_000_000_000) + "s"
        if minutes == 0 { return sign + seconds }
        return minutes < 60 ? "\(sign)\(minutes)m\(seconds)" : "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)"
    }

    /// `amount / unit` with all the decimals it has.
    private static func decimal(_ amount: UInt64, unit: UInt64) -> String {
        let fraction = amount % unit
        guard fraction > 0 else { return "\(amount / unit)" }
        var digits = String(String(fraction + unit).dropFirst())
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(amount / unit).\(digits)"
    }
}
