public import Stack

/// A condition, and who was told of it.
public struct Alert: Hashable, Sendable, Codable {
    /// What one channel was told last.
    public struct Telling: Hashable, Sendable, Codable {
        /// When it was first told.
        public var firstAt: Instant
        /// When it was told last.
        public var lastAt: Instant
        /// How bad that was.
        public var severity: AlertSeverity
        /// Which service was at fault.
        public var service: String
    }

    /// A person looks after it.
    public struct Acknowledgement: Hashable, Sendable, Codable {
        /// When that was said.
        public var at: Instant
        /// By whom.
        public var by: String
    }

    /// What is wrong.
    public var condition: AlertCondition
    /// When this was known first.
    public var knownAt: Instant
    /// What was told, by channel.
    public var told: [String: Telling] = [:]
    /// Who looks after it; nil while nobody does.
    public var acknowledgement: Acknowledgement?

    init(_ condition: AlertCondition, knownAt: Instant) {
        self.condition = condition
        self.knownAt = knownAt
    }

    /// When anybody was told first; nil while nobody was.
    public var firstToldAt: Instant? { told.values.map(\.firstAt).min() }

    /// Takes what is known now. It never gets milder: what was as bad as that once asks for as much until it is over.
    mutating func update(_ newer: AlertCondition) {
        let worst = max(condition.severity, newer.severity)
        condition = newer
        condition.severity = worst
    }

    func shifted(by time: Duration) -> Alert {
        var alert = self
        alert.condition.firstSignAt = condition.firstSignAt + time
        alert.knownAt = knownAt + time
        alert.told = told.mapValues { telling in
            var telling = telling
            telling.firstAt = telling.firstAt + time
            telling.lastAt = telling.lastAt + time
            return telling
        }
        alert.acknowledgement?.at = (acknowledgement?.at ?? .zero) + time
        return alert
    }
}
