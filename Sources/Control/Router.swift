internal import Stack

/// Answers requests from a backend. Knows HTTP's words but no socket.
struct Router: RequestAnswerer {
    let backend: any ControlBackend
    /// Who may change the stack over TCP; nobody where there is none.
    var tokens: TokenGuard?

    /// The answer to a request that was not refused; waits for the backend.
    func answer(_ head: RequestHead, body: [UInt8]) -> Response {
        if let page = dashboard(head) { return page }
        guard let target = Target(path: head.path) else { return unknownPath(head) }
        do throws(QueryProblem) {
            return answer(head, target, try QueryValues(head.query, for: target.endpoint), body)
        } catch {
            return .problem(400, error.detail, head)
        }
    }

    private func answer(_ head: RequestHead, _ target: Target, _ query: QueryValues, _ body: [UInt8]) -> Response {
        switch target.endpoint {
        case .status: .json(200, backend.status(), head)
        case .liveness: .text(200, "ok\n")
        case .readiness: readiness(verbose: query.all(.verbose) != nil)
        case .version: version(head)
        case .metrics: metrics()
        case .openAPI: .json(200, OpenAPIDocument.value, head)
        case .overview: .json(200, overview(), head)
        case .session: .json(200, session(head), head)
        case .openSession: openSession(head, body)
        case .closeSession: closeSession(head)
        case .services: services(head)
        case .service: service(target.name, head)
        case .explanation: explanation(of: target.name, head)
        case .start, .stop, .restart, .kill, .pause, .unpause, .maintenance, .release:
            act(target, dryRun: query.isOn(.dryRun), head, body)
        case .breakers: .json(200, BreakerList(breakers: backend.status().breakers), head)
        case .breaker: breakers(of: target.name, head)
        case .openBreaker, .closeBreaker, .resetBreaker:
            operateBreakers(target, dryRun: query.isOn(.dryRun), head, body)
        case .events: events(query, head)
        case .incidents: incidents(query, head)
        case .incident: incident(target.name, head)
        case .instanceHeartbeat: heartbeat(target.name, head)
        case .serviceHeartbeat: heartbeat(service: target.name, head)
        case .flags: flags(head)
        case .setFlag: setFlag(target.name, head, body)
        case .clearFlag: clearFlag(target.name, head, body)
        case .alerts: alerts(head)
        case .acknowledgeAlert: acknowledge(target.name, head, body)
        case .evaluateFlag: evaluate(target.name, body)
        case .evaluateFlags: evaluateAll(head, body)
        case .commands: command(ControlCommand.self, { $0 }, head, body)
        case .apply: command(ApplyRequest.self, ControlCommand.apply, head, body)
        }
    }

    func unknownPath(_ head: RequestHead) -> Response {
        ProblemDetails(
            title: ProblemDetails.title(of: 404), status: 404,
            detail: "there is nothing at this path; the paths there are are listed",
            instance: String(head.path.prefix(200)), paths: Endpoint.allCases.map(\.rawValue)
        ).response()
    }
}

extension ControlReply {
    /// The status code that says the same.
    var httpStatus: Int {
        switch self {
        case .done: 200
        case .notFound: 404
        case .refused: 409
        case .failed: 500
        }
    }
}
