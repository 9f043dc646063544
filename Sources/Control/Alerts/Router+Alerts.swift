internal import Stack

/// Alerts, and who looks after them.
extension Router {
    func alerts(_ head: RequestHead) -> Response { .json(200, backend.alerts(), head) }

    func acknowledge(_ name: String, _ head: RequestHead, _ body: [UInt8]) -> Response {
        do {
            _ = try ActionBody(body, fields: [])
        } catch {
            return .problem(400, "the body is not what the action takes: \(JSONText.explain(error))", head)
        }
        guard let id = Int64(name) else {
            return .problem(404, "'\(name.prefix(100))' is no number of an alert; see /v1/alerts", head)
        }
        switch backend.perform(.acknowledgeAlert(id), by: head.actor) {
        case .done(let message): return .json(200, AlertResult(message: message), head)
        case .notFound(let detail): return .problem(404, detail, head)
        case .refused(let detail): return .problem(409, detail, head)
        case .failed(let detail): return .problem(503, detail, head, headers: ["Retry-After": "5"])
        }
    }
}

/// What became of acknowledging an alert.
struct AlertResult: Encodable {
    /// One sentence for a person.
    var message: String
}

extension ControlClient {
    private static let alertsPath = "/v1/alerts"

    /// The alerts that go on, and the channels.
    public func alerts() throws(ControlClientError) -> AlertOverview {
        try value(AlertOverview.self, at: Self.alertsPath)
    }

    /// The same as JSON, as it comes.
    public func alertsText() throws(ControlClientError) -> String { try get(Self.alertsPath) }
}
