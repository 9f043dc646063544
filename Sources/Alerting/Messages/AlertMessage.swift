public import Stack

/// What one channel is to be told at one time: one alert, or several that came together. Times are the calendar's, in
/// nanoseconds since the start of 1970 in UTC, as a message may outlive the host.
public struct AlertMessage: Hashable, Sendable, Codable {
    /// What it tells.
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// Something fails.
        case firing
        /// It fails worse than was told, or another service is at fault than was told.
        case updated
        /// It still fails.
        case repeated
        /// It still fails, and nobody has acknowledged it.
        case escalated
        /// It is over.
        case recovered
        /// It failed, and was repaired before anybody had to be told.
        case repaired
        /// A person tries the channel.
        case test

        /// Whether what it tells of goes on.
        public var isOngoing: Bool {
            switch self {
            case .firing, .updated, .repeated, .escalated: true
            case .recovered, .repaired, .test: false
            }
        }
    }

    /// One alert in it.
    public struct Item: Hashable, Sendable, Codable {
        /// The alert's number, which is its incident's.
        public var id: Int64
        /// Why this one is told.
        public var kind: Kind
        /// The service at fault.
        public var service: String
        /// How bad it is.
        public var severity: AlertSeverity
        /// What is or was wrong, in a few words.
        public var cause: String
        /// One more sentence for a person.
        public var note: String?
        /// The first sign.
        public var startedAt: Int64
        /// When it was over; nil while it is not.
        public var endedAt: Int64?
        /// Some of the services that suffer or suffered from it.
        public var victims: [String]
        /// How many there are.
        public var victimCount: Int
        /// Under which service and severity the channel knows it, where that is another than now.
        public var former: Former?

        /// What a channel was told before.
        public struct Former: Hashable, Sendable, Codable {
            /// The service that was at fault.
            public var service: String
            /// How bad it was.
            public var severity: AlertSeverity
        }

        /// How long it took, or nil while it is not over.
        public var duration: Duration? { endedAt.map { .nanoseconds(max(0, $0 &- startedAt)) } }
    }

    /// Never given twice: a receiver that gets a message again can tell by it.
    public var id: String
    /// The channel's name.
    public var channel: String
    /// The stack's name.
    public var stack: String
    /// The name of the host that the stack runs on.
    public var host: String
    /// When it was to be told.
    public var createdAt: Int64
    /// The alerts, the worst first; at least one, but for a test.
    public var items: [Item]

    /// A message.
    public init(id: String, channel: String, stack: String, host: String, createdAt: Int64, items: [Item]) {
        self.id = id
        self.channel = channel
        self.stack = stack
        self.host = host
        self.createdAt = createdAt
        self.items = items
    }

    /// A message by which a person tries a channel.
    public static func test(channel: String, stack: String, host: String, at time: Int64) -> AlertMessage {
        AlertMessage(
            id: id(stack: stack, at: time, number: 0), channel: channel, stack: stack, host: host, createdAt: time,
            items: [])
    }

    /// A name for a message. A number alone would begin anew where what was kept is lost.
    static func id(stack: String, at time: Int64, number: Int64) -> String {
        "\(stack)-\(String(max(0, time) / 1_000_000, radix: 36))-\(number)"
    }

    /// What it tells: messages hold alerts that go on or alerts that are over, never both.
    public var kind: Kind { items.first?.kind ?? .test }

    /// The worst of its alerts; a test is no more than information.
    public var severity: AlertSeverity { items.map(\.severity).max() ?? .info }
}
