/// One event of the story of a stack, as journal, API and command line know it. Times are the calendar's.
public struct EventRecord: Hashable, Sendable, Codable {
    /// Its place in the story: grows by at least one from event to event and is never given twice. The cursor of pages
    /// and streams.
    public var id: Int64
    /// When it happened, nanoseconds since 1970 in UTC.
    public var time: Int64
    /// What kind of thing happened: the raw value of `Entry.Kind` ("exited", "restarting", "quarantined" …).
    public var kind: String
    /// The service it is about, if one.
    public var service: String?
    /// The instance it is about, if one: `redis-1`.
    public var instance: String?
    /// One plain sentence.
    public var text: String
    /// Why: the cause of a failure or of an action, where there is one.
    public var cause: String?
    /// Who asked, for what a person asked: "root by hale stop".
    public var actor: String?
    /// The incident it belongs to, if one.
    public var incident: Int64?

    /// An event of which all is known that is given.
    public init(
        id: Int64, time: Int64, kind: String, service: String? = nil, instance: String? = nil, text: String,
        cause: String? = nil, actor: String? = nil, incident: Int64? = nil
    ) {
        self.id = id
        self.time = time
        self.kind = kind
        self.service = service
        self.instance = instance
        self.text = text
        self.cause = cause
        self.actor = actor
        self.incident = incident
    }
}

/// Which events are wanted, and in which order.
public struct EventQuery: Hashable, Sendable {
    /// Only events with a larger id.
    public var after: Int64?
    /// Only events with a smaller id.
    public var before: Int64?
    /// Only events at that time or later, nanoseconds since 1970 in UTC.
    public var since: Int64?
    /// Only events before that time, nanoseconds since 1970 in UTC.
    public var until: Int64?
    /// Only events about one of these services; nil is all, those about no service included.
    public var services: Set<String>?
    /// Only events of one of these kinds; nil is all.
    public var kinds: Set<String>?
    /// Only events of that incident.
    public var incident: Int64?
    /// At most that many.
    public var limit: Int
    /// The newest first, so that a limit keeps the newest; otherwise the oldest first.
    public var newestFirst: Bool

    /// Everything there is, up to `limit`, unless said.
    public init(
        after: Int64? = nil, before: Int64? = nil, since: Int64? = nil, until: Int64? = nil,
        services: Set<String>? = nil, kinds: Set<String>? = nil, incident: Int64? = nil, limit: Int = 100,
        newestFirst: Bool = false
    ) {
        self.after = after
        self.before = before
        self.since = since
        self.until = until
        self.services = services
        self.kinds = kinds
        self.incident = incident
        self.limit = limit
        self.newestFirst = newestFirst
    }
}
