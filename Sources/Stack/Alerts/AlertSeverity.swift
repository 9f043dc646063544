/// How much an alert asks of a person.
public enum AlertSeverity: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// Nothing: it was repaired by itself.
    case info
    /// A look, by daylight: something is repaired for longer than usual, or works less well.
    case warning
    /// A hand, now: the stack or a critical service is down, or Hale has given up on a service for a while.
    case critical

    /// The milder first.
    public static func < (left: AlertSeverity, right: AlertSeverity) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .critical: 2
        }
    }
}
