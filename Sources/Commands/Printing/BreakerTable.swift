internal import Control
internal import Stack

/// Circuit breakers for people.
enum BreakerTable {
    static func text(_ breakers: [BreakerStatus], style: Style) -> String {
        var table = TextTable(
            header: ["INSTANCE", "PORT", "STATE", "CALLS", "FAILED", "SLOW", "KEPT AWAY", "TRIPS", "NOTE"])
        table.rows = breakers.map { breaker in
            [
                .init(breaker.instance), .init("\(breaker.port)"), .init(breaker.state.rawValue, paint(breaker.state)),
                .init("\(breaker.successes.addingReportingOverflow(breaker.failures).partialValue)"),
                .init(count(breaker.failures, breaker.failureRate)),
                .init(count(breaker.slowCalls, breaker.slowCallRate)), .init("\(breaker.rejections)"),
                .init("\(breaker.trips)"), .init(note(breaker)),
            ]
        }
        return table.rendered(style)
    }

    /// `breaker open (port 80): connection refused`; nil where calls go through and are looked at as usual.
    static func sentence(_ breaker: BreakerStatus) -> String? {
        guard breaker.state != .closed else { return nil }
        let note = breaker.state.keepsAway ? note(breaker) : ""
        return "breaker \(breaker.state.rawValue) (port \(breaker.port))\(note.isEmpty ? "" : ": \(note)")"
    }

    /// `9 (50 %)`, the rate being that of the window it is judged by.
    private static func count(_ count: UInt64, _ rate: Double?) -> String {
        guard let rate, rate.isFinite else { return "\(count)" }
        return "\(count) (\(Int((min(max(rate, 0), 1) * 100).rounded())) %)"
    }

    private static func note(_ breaker: BreakerStatus) -> String {
        let until = breaker.openUntil.map { "until \($0)" }
        let failure = breaker.lastFailure.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") }
        return [failure, until].compactMap { $0 }.joined(separator: ", ")
    }

    private static func paint(_ state: BreakerState) -> Style.Paint {
        switch state {
        case .open, .forcedOpen: .red
        case .halfOpen: .yellow
        case .closed: .green
        case .disabled, .metricsOnly: .plain
        }
    }
}
