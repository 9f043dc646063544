public import Stack

/// An incident as the API writes it: snake case, its times as RFC 3339 with milliseconds, and nothing for what is not
/// known.
public struct IncidentJSON: Hashable, Sendable, Codable {
    /// The incident.
    public var record: IncidentRecord

    /// That incident.
    public init(_ record: IncidentRecord) {
        self.record = record
    }

    private enum CodingKeys: String, CodingKey {
        case id, state, root, cause, victims, timeline, omitted, logs
        case firstSignAt = "first_sign_at"
        case verdictAt = "verdict_at"
        case repairedAt = "repaired_at"
        case endedAt = "ended_at"
    }

    /// Reads what `encode` writes; times finer than a millisecond were lost on the way.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        record = IncidentRecord(
            id: try container.decode(Int64.self, forKey: .id),
            state: try container.decode(IncidentRecord.State.self, forKey: .state),
            root: try container.decode(String.self, forKey: .root),
            cause: try container.decode(String.self, forKey: .cause),
            firstSignAt: try container.decodeTime(forKey: .firstSignAt),
            verdictAt: try container.decodeTimeIfPresent(forKey: .verdictAt),
            repairedAt: try container.decodeTimeIfPresent(forKey: .repairedAt),
            endedAt: try container.decodeTimeIfPresent(forKey: .endedAt),
            victims: try container.decode([VictimJSON].self, forKey: .victims).map(\.victim),
            timeline: try container.decode([MomentJSON].self, forKey: .timeline).map(\.moment),
            omitted: try container.decode(Int.self, forKey: .omitted),
            logs: try container.decode([IncidentRecord.LogTail].self, forKey: .logs))
    }

    /// Writes one object.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(record.id, forKey: .id)
        try container.encode(record.state, forKey: .state)
        try container.encode(record.root, forKey: .root)
        try container.encode(record.cause, forKey: .cause)
        try container.encodeTime(record.firstSignAt, forKey: .firstSignAt)
        try container.encodeTimeIfPresent(record.verdictAt, forKey: .verdictAt)
        try container.encodeTimeIfPresent(record.repairedAt, forKey: .repairedAt)
        try container.encodeTimeIfPresent(record.endedAt, forKey: .endedAt)
        try container.encode(record.victims.map(VictimJSON.init), forKey: .victims)
        try container.encode(record.timeline.map(MomentJSON.init), forKey: .timeline)
        try container.encode(record.omitted, forKey: .omitted)
        try container.encode(record.logs, forKey: .logs)
    }

    /// The object on a line of its own, with its end: what `hale incidents --json` prints for each incident.
    public func line() throws -> String { String(decoding: try JSONText.encode(self), as: UTF8.self) }
}

/// What `GET /v1/incidents` answers.
public struct IncidentPage: Hashable, Sendable, Codable {
    /// The incidents, the newest first.
    public var incidents: [IncidentJSON]
    /// The `before` of the next page, where there may be one.
    public var nextBefore: Int64?

    enum CodingKeys: String, CodingKey {
        case incidents
        case nextBefore = "next_before"
    }

    /// The page of at most `limit` incidents: a full one may have a successor.
    public init(_ incidents: [IncidentRecord], limit: Int) {
        self.incidents = incidents.map(IncidentJSON.init)
        nextBefore = incidents.count >= limit ? incidents.last?.id : nil
    }

    /// Writes `next_before` also where it is null, so that a reader sees that it exists.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(incidents, forKey: .incidents)
        try container.encode(nextBefore, forKey: .nextBefore)
    }
}

private struct VictimJSON: Codable {
    var victim: IncidentRecord.Victim

    enum CodingKeys: String, CodingKey {
        case service, sign, since
        case recoveredAt = "recovered_at"
    }

    init(_ victim: IncidentRecord.Victim) {
        self.victim = victim
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        victim = IncidentRecord.Victim(
            service: try container.decode(String.self, forKey: .service),
            sign: try container.decode(String.self, forKey: .sign),
            since: try container.decodeTime(forKey: .since),
            recoveredAt: try container.decodeTimeIfPresent(forKey: .recoveredAt))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(victim.service, forKey: .service)
        try container.encode(victim.sign, forKey: .sign)
        try container.encodeTime(victim.since, forKey: .since)
        try container.encodeTimeIfPresent(victim.recoveredAt, forKey: .recoveredAt)
    }
}

private struct MomentJSON: Codable {
    var moment: IncidentRecord.Moment

    enum CodingKeys: String, CodingKey {
        case time, kind, service, instance, text, cause
    }

    init(_ moment: IncidentRecord.Moment) {
        self.moment = moment
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        moment = IncidentRecord.Moment(
            time: try container.decodeTime(forKey: .time), kind: try container.decode(String.self, forKey: .kind),
            service: try container.decodeIfPresent(String.self, forKey: .service),
            instance: try container.decodeIfPresent(String.self, forKey: .instance),
            text: try container.decode(String.self, forKey: .text),
            cause: try container.decodeIfPresent(String.self, forKey: .cause))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeTime(moment.time, forKey: .time)
        try container.encode(moment.kind, forKey: .kind)
        try container.encodeIfPresent(moment.service, forKey: .service)
        try container.encodeIfPresent(moment.instance, forKey: .instance)
        try container.encode(moment.text, forKey: .text)
        try container.encodeIfPresent(moment.cause, forKey: .cause)
    }
}
