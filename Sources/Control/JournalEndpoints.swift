internal import Stack

/// Reading the journal: `GET /v1/events`, `GET /v1/incidents` and `GET /v1/incidents/ID`.
struct JournalEndpoints {
    static let paths = ["/v1/events", "/v1/incidents", "/v1/incidents/{id}"]
    private static let largestPage = 1_000

    let backend: any ControlBackend

    /// What is wrong with an argument of the query.
    private struct WrongArgument: Error {
        var sentence: String
    }

    private enum Target {
        case events, incidents
        case incident(String)
    }

    /// The answer, or nil for a path that is another's.
    func answer(_ head: RequestHead) -> Response? {
        guard let target = Self.target(head.path) else { return nil }
        guard ["GET", "HEAD"].contains(head.method) else {
            return problem(405, "Method Not Allowed", "\(head.path) takes GET and HEAD", head, ["Allow": "GET, HEAD"])
        }
        do {
            switch target {
            case .events: return json(try events(head.query), head)
            case .incidents: return json(try incidents(head.query), head)
            case .incident(let number):
                guard let id = Int64(number), let incident = backend.incident(id) else {
                    return problem(404, "Not Found", "there is no incident '\(number.prefix(40))'", head)
                }
                return json(IncidentJSON(incident), head)
            }
        } catch {
            return problem(400, "Bad Request", (error as? WrongArgument)?.sentence ?? "\(error)", head)
        }
    }

    /// Whether a path is one of these.
    static func serves(_ path: String) -> Bool { target(path) != nil }

    private static func target(_ path: String) -> Target? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch parts {
        case ["", "v1", "events"]: return .events
        case ["", "v1", "incidents"]: return .incidents
        case _ where parts.count == 4 && parts.starts(with: ["", "v1", "incidents"]): return .incident(parts[3])
        default: return nil
        }
    }

    private func events(_ arguments: [String: [String]]) throws -> EventPage {
        var query = EventQuery(limit: try limit(arguments))
        query.after = try number("after", arguments)
        query.before = try number("before", arguments)
        query.since = try time("since", arguments)
        query.until = try time("until", arguments)
        query.services = arguments["service"].map(Set.init)
        query.kinds = arguments["kind"].map(Set.init)
        query.incident = try number("incident", arguments)
        query.newestFirst = arguments["order"]?.last == "desc"
        return EventPage(backend.events(query), of: query)
    }

    private func incidents(_ arguments: [String: [String]]) throws -> IncidentPage {
        let limit = try limit(arguments)
        let incidents = backend.incidents(
            before: try number("before", arguments), limit: limit, onlyOpen: arguments["open"]?.last == "true")
        return IncidentPage(incidents, limit: limit)
    }

    private func limit(_ arguments: [String: [String]]) throws -> Int {
        guard let limit = try number("limit", arguments) else { return 100 }
        guard (1...Int64(Self.largestPage)).contains(limit) else {
            throw WrongArgument(sentence: "limit is from 1 to \(Self.largestPage), not \(limit)")
        }
        return Int(limit)
    }

    private func number(_ name: String, _ arguments: [String: [String]]) throws -> Int64? {
        guard let text = arguments[name]?.last else { return nil }
        if let number = Int64(text), number >= 0 { return number }
        throw WrongArgument(sentence: "\(name) is a whole number, not '\(text.prefix(40))'")
    }

    private func time(_ name: String, _ arguments: [String: [String]]) throws -> Int64? {
        guard let text = arguments[name]?.last else { return nil }
        if let time = Timestamp.nanoseconds(text) { return time }
        throw WrongArgument(sentence: "\(name) is a time such as 2026-01-31T10:00:00.000Z, not '\(text.prefix(40))'")
    }

    private func json(_ value: some Encodable, _ head: RequestHead) -> Response {
        guard let body = try? JSONText.encode(value) else {
            return problem(500, "Internal Server Error", "the answer cannot be written as JSON", head)
        }
        return Response(status: 200, contentType: JSONText.contentType, body: body)
    }

    private func problem(
        _ status: Int, _ title: String, _ detail: String, _ head: RequestHead, _ headers: [String: String] = [:]
    ) -> Response {
        ProblemDetails(title: title, status: status, detail: detail, instance: String(head.path.prefix(200)))
            .response(headers: headers)
    }
}
