public import Stack

/// An alert that goes on, as `GET /v1/alerts` answers it. Times are RFC 3339 in UTC.
public struct AlertStatus: Hashable, Sendable, Codable {
    /// How far it has come.
    public enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// Nobody was told yet.
        case pending
        /// Somebody was told.
        case firing
        /// A person looks after it.
        case acknowledged
    }

    /// Its number, which is its incident's.
    public var id: Int64
    /// How far it has come.
    public var state: State
    /// The service at fault.
    public var service: String
    /// How bad it is.
    public var severity: AlertSeverity
    /// What is wrong.
    public var cause: String
    /// The first sign of it.
    public var startedAt: String
    /// Some of the services that suffer from it.
    public var victims: [String]
    /// How many there are.
    public var victimCount: Int
    /// The channels that were told.
    public var channels: [String]
    /// Who looks after it.
    public var acknowledgedBy: String?
    /// Since when.
    public var acknowledgedAt: String?

    enum CodingKeys: String, CodingKey {
        case id, state, service, severity, cause, victims, channels
        case startedAt = "started_at"
        case victimCount = "victim_count"
        case acknowledgedBy = "acknowledged_by"
        case acknowledgedAt = "acknowledged_at"
    }

    /// An alert of which all is known that is given.
    public init(
        id: Int64, state: State, service: String, severity: AlertSeverity, cause: String, startedAt: String,
        victims: [String] = [], victimCount: Int = 0, channels: [String] = [], acknowledgedBy: String? = nil,
        acknowledgedAt: String? = nil
    ) {
        self.id = id
        self.state = state
        self.service = service
        self.severity = severity
        self.cause = cause
        self.startedAt = startedAt
        self.victims = victims
        self.victimCount = victimCount
        self.channels = channels
        self.acknowledgedBy = acknowledgedBy
        self.acknowledgedAt = acknowledgedAt
    }
}

/// A channel, as `GET /v1/alerts` answers it.
public struct AlertChannelStatus: Hashable, Sendable, Codable {
    /// How it is.
    public enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// It took what it was told last, or was told nothing yet.
        case ok
        /// It did not take what it was told last.
        case failing
    }

    /// Its name.
    public var name: String
    /// What it leads to: `slack`, say.
    public var kind: String
    /// How it is.
    public var state: State
    /// Messages that wait.
    public var queued: Int
    /// Messages that it refused and that are kept.
    public var failed: Int
    /// Messages that it took since Hale's healer was started.
    public var sentTotal: UInt64
    /// Messages that were given up since then.
    public var failedTotal: UInt64
    /// What its last attempt met, where that was no success.
    public var problem: String?
    /// When it took a message last.
    public var lastDeliveryAt: String?
    /// When it is tried again.
    public var nextAttemptAt: String?

    enum CodingKeys: String, CodingKey {
        case name, kind, state, queued, failed, problem
        case sentTotal = "sent_total"
        case failedTotal = "failed_total"
        case lastDeliveryAt = "last_delivery_at"
        case nextAttemptAt = "next_attempt_at"
    }

    /// A channel of which all is known that is given.
    public init(
        name: String, kind: String, state: State, queued: Int = 0, failed: Int = 0, sentTotal: UInt64 = 0,
        failedTotal: UInt64 = 0, problem: String? = nil, lastDeliveryAt: String? = nil, nextAttemptAt: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.state = state
        self.queued = queued
        self.failed = failed
        self.sentTotal = sentTotal
        self.failedTotal = failedTotal
        self.problem = problem
        self.lastDeliveryAt = lastDeliveryAt
        self.nextAttemptAt = nextAttemptAt
    }
}

/// What `GET /v1/alerts` answers.
public struct AlertOverview: Hashable, Sendable, Codable {
    /// The alerts that go on, by number.
    public var alerts: [AlertStatus]
    /// The channels, in the order of the file.
    public var channels: [AlertChannelStatus]

    /// An overview.
    public init(alerts: [AlertStatus] = [], channels: [AlertChannelStatus] = []) {
        self.alerts = alerts
        self.channels = channels
    }
}
