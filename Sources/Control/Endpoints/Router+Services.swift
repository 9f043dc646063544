internal import Compose
internal import Stack

/// The services one by one, and what can be done to them.
extension Router {
    func services(_ head: RequestHead) -> Response {
        struct List: Encodable {
            var services: [NamedService]
        }
        let all = backend.status().services.sorted { $0.key < $1.key }
        return .json(200, List(services: all.map { NamedService(name: $0.key, status: $0.value) }), head)
    }

    func service(_ name: String, _ head: RequestHead) -> Response {
        guard let status = backend.status().services[name] else { return noService(name, head) }
        return .json(200, NamedService(name: name, status: status), head)
    }

    func explanation(of name: String, _ head: RequestHead) -> Response {
        guard let explanation = backend.explanation(of: name) else { return noService(name, head) }
        return .json(200, explanation, head)
    }

    func act(_ target: Target, dryRun: Bool, _ head: RequestHead, _ body: [UInt8]) -> Response {
        let action: ServiceAction?
        do {
            action = target.endpoint.action(try ActionBody(body, fields: target.endpoint.bodyFields ?? []))
        } catch {
            return .problem(400, "the body is not what the action takes: \(JSONText.explain(error))", head)
        }
        guard let action else { return unknownPath(head) }
        guard let before = backend.status().services[target.name] else { return noService(target.name, head) }
        let forecast = ActionForecast(action, of: target.name, before)
        return dryRun
            ? .json(200, ActionResult(planned: forecast, target.name, before), head)
            : perform(action, on: target.name, forecast, head)
    }

    func noService(_ name: String, _ head: RequestHead) -> Response {
        let known = backend.status().services.keys.sorted()
        let hint = nearest(name, in: known).map { "did you mean '\($0)'?" } ?? "see /v1/services"
        return .problem(404, "the stack has no service '\(name.prefix(100))'; \(hint)", head)
    }

    /// The engine is told also where nothing seems to change: between the status and now it may have.
    private func perform(
        _ action: ServiceAction, on name: String, _ forecast: ActionForecast, _ head: RequestHead
    ) -> Response {
        switch backend.perform(.service(name, action), by: head.actor) {
        case .done:
            guard let after = backend.status().services[name] else { return noService(name, head) }
            let result = ActionResult(done: forecast, name, after)
            return .json(result.result == .unchanged ? 200 : 202, result, head)
        case .notFound(let detail): return .problem(404, detail, head)
        case .refused(let detail): return .problem(409, detail, head)
        case .failed(let detail): return .problem(503, detail, head, headers: ["Retry-After": "5"])
        }
    }
}

/// A service of the status with its name.
struct NamedService: Encodable {
    let name: String
    let status: ServiceStatus

    private enum CodingKeys: String, CodingKey {
        case name
    }

    /// The keys of the status, and `name` among them.
    func encode(to encoder: any Encoder) throws {
        try status.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
    }
}

/// What became of an action.
struct ActionResult: Encodable {
    enum Outcome: String, Encodable, CaseIterable {
        /// It was taken; its effect follows.
        case accepted
        /// All was as wanted already.
        case unchanged
        /// It would be taken (a dry run).
        case planned
    }

    let result: Outcome
    /// One sentence for a person.
    let message: String
    let service: NamedService

    /// The result of an action that the engine took.
    init(done forecast: ActionForecast, _ name: String, _ after: ServiceStatus) {
        (result, message) = forecast.outcome
        service = NamedService(name: name, status: after)
    }

    /// The result of a dry run.
    init(planned forecast: ActionForecast, _ name: String, _ now: ServiceStatus) {
        (result, message) = forecast.plan
        service = NamedService(name: name, status: now)
    }
}

extension ActionForecast {
    /// What to say of it once it was taken.
    var outcome: (ActionResult.Outcome, String) {
        switch self {
        case .change(let sentence): (.accepted, "taken: " + sentence)
        case .nothing(let sentence): (.unchanged, sentence)
        }
    }

    /// What to say of it in a dry run.
    var plan: (ActionResult.Outcome, String) {
        switch self {
        case .change(let sentence): (.planned, "would " + sentence)
        case .nothing(let sentence): (.unchanged, sentence)
        }
    }
}
