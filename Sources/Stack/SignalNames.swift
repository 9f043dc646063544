/// The signals of Linux on x86-64 and arm64 by name (signal(7)).
public enum SignalNames {
    private static let numbers: [String: Int32] = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "IOT": 6, "BUS": 7, "FPE": 8, "KILL": 9,
        "USR1": 10, "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15, "STKFLT": 16, "CHLD": 17, "CONT": 18,
        "STOP": 19, "TSTP": 20, "TTIN": 21, "TTOU": 22, "URG": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26, "PROF": 27,
        "WINCH": 28, "IO": 29, "POLL": 29, "PWR": 30, "SYS": 31,
    ]

    /// The number of `SIGTERM`, `TERM`, `term` or `15`; nil where there is no such signal.
    public static func number(_ text: String) -> Int32? {
        if let number = Int32(text) { return (1...64).contains(number) ? number : nil }
        var name = text.uppercased()
        if name.hasPrefix("SIG") { name.removeFirst(3) }
        if let number = numbers[name] { return number }
        for (prefix, base, sign) in [("RTMIN", Int32(34), Int32(1)), ("RTMAX", 64, -1)] where name.hasPrefix(prefix) {
            let offset = name.dropFirst(prefix.count)
            if offset.isEmpty { return base }
            guard let steps = Int32(offset.dropFirst()), (0...30).contains(steps) else { return nil }
            return base + sign * steps
        }
        return nil
    }

    /// Every usual name with its `SIG`, sorted.
    public static var all: [String] { numbers.keys.map { "SIG" + $0 }.sorted() }

    /// `SIGTERM` for 15; `signal 40` for one without a usual name.
    public static func name(_ number: Int32) -> String {
        let names = numbers.filter { $0.value == number && $0.key != "IOT" && $0.key != "POLL" }
        return names.first.map { "SIG" + $0.key } ?? "signal \(number)"
    }
}
