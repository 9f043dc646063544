public import Stack

extension ControlClient {
    /// A page of events that match.
    public func events(_ query: EventQuery) throws(ControlClientError) -> EventPage {
        var arguments: [(String, String)] = []
        func add(_ name: String, _ value: String?) {
            if let value { arguments.append((name, value)) }
        }
        add("after", query.after.map(String.init))
        add("before", query.before.map(String.init))
        add("since", query.since.map(Timestamp.format(nanosecondsSince1970:)))
        add("until", query.until.map(Timestamp.format(nanosecondsSince1970:)))
        for service in query.services?.sorted() ?? [] { add("service", service) }
        for kind in query.kinds?.sorted() ?? [] { add("kind", kind) }
        add("incident", query.incident.map(String.init))
        add("limit", String(query.limit))
        add("order", query.newestFirst ? "desc" : "asc")
        return try read(EventPage.self, "/v1/events", arguments)
    }

    /// A page of incidents, the newest first.
    public func incidents(before: Int64?, limit: Int, onlyOpen: Bool) throws(ControlClientError) -> IncidentPage {
        var arguments = [("limit", String(limit))]
        if let before { arguments.append(("before", String(before))) }
        if onlyOpen { arguments.append(("open", "true")) }
        return try read(IncidentPage.self, "/v1/incidents", arguments)
    }

    /// One incident; nil where there is none of that number.
    public func incident(_ id: Int64) throws(ControlClientError) -> IncidentRecord? {
        do throws(ControlClientError) {
            return try read(IncidentJSON.self, "/v1/incidents/\(id)", []).record
        } catch {
            if case .rejected(status: 404, _) = error { return nil }
            throw error
        }
    }

    private func read<Value: Decodable>(
        _ type: Value.Type, _ path: String, _ arguments: [(String, String)]
    ) throws(ControlClientError) -> Value {
        let query = arguments.map { "\($0)=\(PercentEncoding.encode($1))" }.joined(separator: "&")
        let text = try get(query.isEmpty ? path : path + "?" + query)
        do {
            return try JSONText.decode(type, from: Array(text.utf8))
        } catch {
            throw .unexpected(JSONText.explain(error))
        }
    }
}
