/// Amounts of memory as Compose files write them: `512m`, `1.5gb`, `64KiB`, `1024`.
public enum ByteSize {
    /// The bytes that `text` names (units of 1,024; b, k, m, g, t, p with an optional b or ib), or nil.
    public static func parse(_ text: some StringProtocol) -> Int64? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-") }
        let rest = text.dropFirst(number.count)
        guard let value = Double(number), let factor = factor(rest.drop { $0 == " " }.lowercased()) else { return nil }
        let bytes = value * factor
        return bytes >= 0 && bytes < 9.2e18 ? Int64(bytes) : nil
    }

    /// `512 MiB`, `1.5 GiB`, `900 B`.
    public static func format(_ bytes: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var value = Double(bytes)
        var place = 0
        while abs(value) >= 1_024, place + 1 < units.count {
            value /= 1_024
            place += 1
        }
        let tenths = (value * 10).rounded() / 10
        let text = tenths == tenths.rounded() ? "\(Int64(tenths))" : "\(tenths)"
        return "\(text) \(units[place])"
    }

    private static func factor(_ unit: String) -> Double? {
        switch unit {
        case "", "b": 1
        case "k", "kb", "kib": 1_024
        case "m", "mb", "mib": 1_048_576
        case "g", "gb", "gib": 1_073_741_824
        case "t", "tb", "tib": 1_099_511_627_776
        case "p", "pb", "pib": 1_125_899_906_842_624
        default: nil
        }
    }
}
