public import Stack

extension Router {
    /// Answers `GET /v1/services/{service}/explanation`.
    func explanation(of service: String, _ head: RequestHead) -> Response {
        guard let explanation = backend.explanation(of: service) else {
            let detail = "the stack has no service '\(service.prefix(200))'; see /status"
            return Self.problem(404, "Not Found", detail, head)
        }
        return json(200, explanation, head)
    }
}

extension ControlClient {
    /// Why a service is as it is.
    public func explanation(of service: String) throws(ControlClientError) -> Explanation {
        try value(Explanation.self, at: Self.explanationPath(service))
    }

    /// The same as JSON, as it comes.
    public func explanationText(of service: String) throws(ControlClientError) -> String {
        try get(Self.explanationPath(service))
    }

    /// Compose's names have nothing in them that a path could not hold.
    private static func explanationPath(_ service: String) -> String {
        "/v1/services/\(service)/explanation"
    }
}
