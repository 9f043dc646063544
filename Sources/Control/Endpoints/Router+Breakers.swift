internal import Compose
internal import Stack

/// The circuit breakers, and what can be done to them.
extension Router {
    func breakers(of name: String, _ head: RequestHead) -> Response {
        let status = backend.status()
        guard let breakers = status.breakers(of: name) else { return noBreaker(name, status, head) }
        return .json(200, BreakerList(breakers: breakers), head)
    }

    func operateBreakers(_ target: Target, dryRun: Bool, _ head: RequestHead, _ body: [UInt8]) -> Response {
        do {
            _ = try ActionBody(body, fields: target.endpoint.bodyFields ?? [])
        } catch {
            return .problem(400, "the body is not what the action takes: \(JSONText.explain(error))", head)
        }
        guard let action = target.endpoint.breakerAction else { return unknownPath(head) }
        let status = backend.status()
        guard let before = status.breakers(of: target.name) else { return noBreaker(target.name, status, head) }
        let forecast = ActionForecast(action, of: target.name, before)
        return dryRun
            ? .json(200, BreakerResult(planned: forecast, before), head)
            : perform(action, on: target.name, forecast, head)
    }

    /// The gateway is told also where nothing seems to change: between the status and now it may have.
    private func perform(
        _ action: BreakerAction, on name: String, _ forecast: ActionForecast, _ head: RequestHead
    ) -> Response {
        switch backend.perform(.breaker(name, action), by: head.actor) {
        case .done:
            let result = BreakerResult(done: forecast, backend.status().breakers(of: name) ?? [])
            return .json(result.result == .unchanged ? 200 : 202, result, head)
        case .notFound(let detail): return .problem(404, detail, head)
        case .refused(let detail): return .problem(409, detail, head)
        case .failed(let detail): return .problem(503, detail, head, headers: ["Retry-After": "5"])
        }
    }

    private func noBreaker(_ name: String, _ status: StackStatus, _ head: RequestHead) -> Response {
        let known = status.services.flatMap { [$0.key] + $0.value.instances.map(\.name) }.sorted()
        let hint = nearest(name, in: known).map { "did you mean '\($0)'?" } ?? "see /v1/services"
        return .problem(404, "the stack has no service and no instance '\(name.prefix(100))'; \(hint)", head)
    }
}

extension ActionForecast {
    /// What `action` would do to the breakers of the service or instance of that name.
    init(_ action: BreakerAction, of name: String, _ breakers: [BreakerStatus]) {
        guard !breakers.isEmpty else {
            self = .nothing("\(name) has no breaker: no call to it goes through the gateway")
            return
        }
        let states = Set(breakers.map(\.state))
        switch action {
        case .open:
            self =
                states == [.forcedOpen]
                ? .nothing("calls to \(name) are kept away by hand already")
                : .change("keep calls away from \(name) until its breaker is closed or reset")
        case .close:
            self =
                states == [.closed]
                ? .nothing("calls to \(name) go through already") : .change("let calls through to \(name)")
        case .reset: self = .change("have the breaker of \(name) begin anew, as the file says")
        }
    }
}

/// What became of an action on breakers.
struct BreakerResult: Encodable {
    let result: ActionResult.Outcome
    /// One sentence for a person.
    let message: String
    let breakers: [BreakerStatus]

    /// The result of an action that was taken.
    init(done forecast: ActionForecast, _ after: [BreakerStatus]) {
        (result, message) = forecast.outcome
        breakers = after
    }

    /// The result of a dry run.
    init(planned forecast: ActionForecast, _ now: [BreakerStatus]) {
        (result, message) = forecast.plan
        breakers = now
    }
}
