internal import Stack

/// The story: events and incidents, in pages and as a stream.
extension Router {
    private static let usualLimit: Int64 = 100
    static let eventStreamType = "text/event-stream"

    func events(_ values: QueryValues, _ head: RequestHead) -> Response {
        do throws(QueryProblem) {
            let lastEvent = try Self.lastEvent(head)
            if wantsStream(values, head) { return stream(values, from: lastEvent) }
        } catch {
            return .problem(400, error.detail, head)
        }
        let query = Self.query(values, newestFirst: values.text(.order) == "desc")
        let events = backend.events(query)
        return query.newestFirst
            ? .json(200, NewestFirstPage(events, of: query), head) : .json(200, EventPage(events, of: query), head)
    }

    func incidents(_ values: QueryValues, _ head: RequestHead) -> Response {
        let limit = Int(clamping: values.integer(.limit) ?? Self.usualLimit)
        let incidents = backend.incidents(
            before: values.integer(.before), limit: limit, onlyOpen: values.isOn(.open))
        return .json(200, IncidentPage(incidents, limit: limit), head)
    }

    func incident(_ number: String, _ head: RequestHead) -> Response {
        guard let id = Int64(number), let incident = backend.incident(id) else {
            return .problem(404, "there is no incident '\(number.prefix(40))'; see /v1/incidents", head)
        }
        return .json(200, IncidentJSON(incident), head)
    }

    /// The answer where there are as many readers of streams as there may be.
    static func tooManyStreams(_ head: RequestHead) -> Response {
        let detail = "as many readers follow the events as may; try again later, or read pages"
        return .problem(503, detail, head, headers: ["Retry-After": "5"])
    }

    private func wantsStream(_ values: QueryValues, _ head: RequestHead) -> Bool {
        if values.isOn(.follow) { return true }
        let accepted = head.values(of: "accept").flatMap { $0.split(separator: ",") }
        return accepted.contains { RequestHead.mediaType($0) == Self.eventStreamType }
    }

    private func stream(_ values: QueryValues, from lastEvent: Int64?) -> Response {
        var query = Self.query(values, newestFirst: false)
        query.after = lastEvent ?? query.after
        return Response(
            status: 200, contentType: Self.eventStreamType, body: [], stream: EventStreamRequest(query: query))
    }

    /// The id in the header `Last-Event-ID`, or nil where there is no such header. An empty one is what a reader sends
    /// that has seen none.
    private static func lastEvent(_ head: RequestHead) throws(QueryProblem) -> Int64? {
        guard let text = head.values(of: "last-event-id").first, !text.isEmpty else { return nil }
        guard let id = QueryValues.integer(text) else {
            throw QueryProblem(
                detail: "the header Last-Event-ID is '\(text.prefix(40))', but should be the id of an event")
        }
        return id
    }

    private static func query(_ values: QueryValues, newestFirst: Bool) -> EventQuery {
        EventQuery(
            after: values.integer(.after), before: values.integer(.before), since: values.integer(.since),
            until: values.integer(.until), services: values.all(.service).map(Set.init),
            kinds: values.all(.kind).map(Set.init), incident: values.integer(.incident),
            limit: Int(clamping: values.integer(.limit) ?? usualLimit), newestFirst: newestFirst)
    }
}

/// A page of events with the newest first.
private struct NewestFirstPage: Encodable {
    var events: [EventJSON]
    /// The `before` of the next page, where there may be one.
    var nextBefore: Int64?

    enum CodingKeys: String, CodingKey {
        case events
        case nextBefore = "next_before"
    }

    init(_ events: [EventRecord], of query: EventQuery) {
        self.events = events.map(EventJSON.init)
        nextBefore = events.count >= query.limit ? events.last?.id : nil
    }

    /// Writes `next_before` also where it is null, so that a reader sees that it exists.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(events, forKey: .events)
        try container.encode(nextBefore, forKey: .nextBefore)
    }
}
