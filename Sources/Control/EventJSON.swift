public import Stack

/// An event as the API writes it: snake case, its time as RFC 3339 with milliseconds, and nothing for what is not known.
public struct EventJSON: Hashable, Sendable, Codable {
    /// The event.
    public var record: EventRecord

    /// That event.
    public init(_ record: EventRecord) {
        self.record = record
    }

    private enum CodingKeys: String, CodingKey {
        case id, time, kind, service, instance, text, cause, actor, incident
    }

    /// Reads what `encode` writes; a time finer than a millisecond was lost on the way.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        record = EventRecord(
            id: try container.decode(Int64.self, forKey: .id), time: try container.decodeTime(forKey: .time),
            kind: try container.decode(String.self, forKey: .kind),
            service: try container.decodeIfPresent(String.self, forKey: .service),
            instance: try container.decodeIfPresent(String.self, forKey: .instance),
            text: try container.decode(String.self, forKey: .text),
            cause: try container.decodeIfPresent(String.self, forKey: .cause),
            actor: try container.decodeIfPresent(String.self, forKey: .actor),
            incident: try container.decodeIfPresent(Int64.self, forKey: .incident))
    }

    /// Writes one object.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(record.id, forKey: .id)
        try container.encodeTime(record.time, forKey: .time)
        try container.encode(record.kind, forKey: .kind)
        try container.encodeIfPresent(record.service, forKey: .service)
        try container.encodeIfPresent(record.instance, forKey: .instance)
        try container.encode(record.text, forKey: .text)
        try container.encodeIfPresent(record.cause, forKey: .cause)
        try container.encodeIfPresent(record.actor, forKey: .actor)
        try container.encodeIfPresent(record.incident, forKey: .incident)
    }

    /// The object on a line of its own, with its end: what `hale events --json` prints for each event.
    public func line() throws -> String { String(decoding: try JSONText.encode(self), as: UTF8.self) }
}

/// What `GET /v1/events` answers.
public struct EventPage: Hashable, Sendable, Codable {
    /// The events, in the order asked for.
    public var events: [EventJSON]
    /// The `after` of the next page, where there may be one; nil at the end, and where the newest come first.
    public var nextAfter: Int64?

    enum CodingKeys: String, CodingKey {
        case events
        case nextAfter = "next_after"
    }

    /// The page that answers `query`: a full one may have a successor.
    public init(_ events: [EventRecord], of query: EventQuery) {
        self.events = events.map(EventJSON.init)
        nextAfter = events.count >= query.limit && !query.newestFirst ? events.last?.id : nil
    }

    /// Writes `next_after` also where it is null, so that a reader sees that it exists.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(events, forKey: .events)
        try container.encode(nextAfter, forKey: .nextAfter)
    }
}
