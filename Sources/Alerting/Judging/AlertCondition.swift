public import Stack

/// What is wrong: an incident that goes on, as an alert about it has to know it.
public struct AlertCondition: Hashable, Sendable, Codable {
    /// How many victims are named at most.
    public static let mostNames = 20

    /// The incident's number, which is the alert's as well.
    public var id: Int64
    /// The service at fault.
    public var service: String
    /// What is wrong with it, in a few words.
    public var cause: String
    /// How bad it is.
    public var severity: AlertSeverity
    /// Whether it is told at once: Hale has given up on it for a while, so that waiting changes nothing.
    public var isUrgent: Bool
    /// One more sentence for a person, where there is one.
    public var note: String?
    /// The first sign of it.
    public var firstSignAt: Instant
    /// Some of the services that suffer from it.
    public var victims: [String]
    /// How many there are.
    public var victimCount: Int

    /// A condition of which all is known that is given.
    public init(
        id: Int64, service: String, cause: String, severity: AlertSeverity, isUrgent: Bool = false,
        note: String? = nil, firstSignAt: Instant, victims: [String] = []
    ) {
        self.id = id
        self.service = service
        self.cause = cause
        self.severity = severity
        self.isUrgent = isUrgent
        self.note = note
        self.firstSignAt = firstSignAt
        self.victims = Array(victims.prefix(Self.mostNames))
        victimCount = victims.count
    }
}

/// How a condition came to its end.
public enum AlertEnd: Hashable, Sendable {
    /// Everybody is well again, since then.
    case recovered(at: Instant)
    /// A person ended it, or nobody follows it any more; the sentence says how.
    case closed(at: Instant, reason: String)
    /// It turned out to be the same failure as another.
    case joined(Int64, at: Instant)

    /// When.
    var time: Instant {
        switch self {
        case .recovered(let time), .closed(let time, _), .joined(_, let time): time
        }
    }
}
