public import Stack

/// A message that is not delivered yet, or never will be.
public struct OutboxEntry: Hashable, Sendable, Codable {
    /// What is to be delivered.
    public var message: AlertMessage
    /// How often its channel refused it.
    public var refusals = 0
    /// What the last attempt met; nil before the first.
    public var problem: String?
    /// Whether it was given up: its channel refuses it.
    public var isFailed = false

    /// A message that nobody has tried to deliver.
    public init(_ message: AlertMessage) {
        self.message = message
    }
}

/// What came of an attempt.
public enum DeliveryOutcome: Hashable, Sendable {
    /// The channel took it.
    case delivered
    /// The channel could not be reached or could not take it now; it may want to be left alone for a while.
    case failed(String, retryAfter: Duration? = nil)
    /// The channel understood and will not take it.
    case refused(String)
}

/// How a channel is.
public struct ChannelState: Hashable, Sendable {
    /// Messages that wait.
    public var queued = 0
    /// Messages that were given up and are kept.
    public var failed = 0
    /// Messages that it took since Hale was started.
    public var sentCount: UInt64 = 0
    /// Messages that were given up since Hale was started.
    public var failedCount: UInt64 = 0
    /// What its last attempt met, where that was no success.
    public var problem: String?
    /// When it last took one, by the calendar.
    public var lastDeliveryAt: Int64?
    /// When it is tried again; nil where nothing waits or an attempt is under way.
    public var nextAttemptAt: Instant?

    /// A channel that was told nothing yet.
    public init() {}
}
