internal import Compose
internal import Stack

/// Flags: what applications ask for, and what people do about them.
extension Router {
    func flags(_ head: RequestHead) -> Response {
        .json(200, FlagList(flags: backend.flags()), head)
    }

    func setFlag(_ name: String, _ head: RequestHead, _ body: [UInt8]) -> Response {
        let order: FlagOrder
        do {
            order = try JSONText.decode(FlagOrder.self, from: body)
        } catch {
            return .problem(400, "the body is not what sets a flag: \(JSONText.explain(error))", head)
        }
        return perform(.setFlag(name, order.value, seconds: order.seconds), on: name, head)
    }

    func clearFlag(_ name: String, _ head: RequestHead, _ body: [UInt8]) -> Response {
        do {
            _ = try ActionBody(body, fields: [])
        } catch {
            return .problem(400, "the body is not what the action takes: \(JSONText.explain(error))", head)
        }
        return perform(.clearFlag(name), on: name, head)
    }

    private func perform(_ command: ControlCommand, on name: String, _ head: RequestHead) -> Response {
        switch backend.perform(command, by: head.actor) {
        case .done(let message):
            guard let flag = backend.flags().first(where: { $0.name == name }) else {
                return .problem(404, "the flag '\(name.prefix(100))' is gone", head)
            }
            return .json(200, FlagResult(message: message, flag: flag), head)
        case .notFound(let detail): return .problem(404, detail, head)
        case .refused(let detail): return .problem(409, detail, head)
        case .failed(let detail): return .problem(503, detail, head, headers: ["Retry-After": "5"])
        }
    }

    // MARK: The OpenFeature Remote Evaluation Protocol

    func evaluate(_ key: String, _ body: [UInt8]) -> Response {
        if let problem = RemoteEvaluation.problem(body) {
            return Self.evaluation(400, RemoteEvaluation.failure(problem.failure, key: key, problem.details))
        }
        let flags = backend.flags()
        guard let flag = flags.first(where: { $0.name == key }) else {
            let hint = nearest(key, in: flags.map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
            let details = "the stack has no flag '\(key.prefix(100))'" + hint
            return Self.evaluation(404, RemoteEvaluation.failure(.unknown, key: key, details))
        }
        return Self.evaluation(200, RemoteEvaluation.success(flag))
    }

    func evaluateAll(_ head: RequestHead, _ body: [UInt8]) -> Response {
        if let problem = RemoteEvaluation.problem(body) {
            return Self.evaluation(400, RemoteEvaluation.failure(problem.failure, key: nil, problem.details))
        }
        var response = Self.evaluation(200, RemoteEvaluation.all(backend.flags()))
        let tag = RemoteEvaluation.tag(response.body)
        if RemoteEvaluation.matches(head.values(of: "if-none-match"), tag) {
            response = Response(status: 304, contentType: "", body: [])
        }
        response.headers["ETag"] = tag
        return response
    }

    private static func evaluation(_ status: Int, _ value: JSONValue) -> Response {
        .text(status, value.json + "\n", type: JSONText.contentType)
    }
}

/// What became of setting or clearing a flag.
struct FlagResult: Encodable {
    /// One sentence for a person.
    var message: String
    var flag: FlagStatus
}
