/// Answers requests from a backend. Knows HTTP's words but no socket.
struct Router: Sendable {
    let backend: any ControlBackend

    /// The refusal of a request that its head already settles, so that its body need not be read.
    func refusal(of head: RequestHead) -> Response? {
        if case .tcp(let localAddress) = head.transport,
            let problem = HostPolicy.problem(hosts: head.hosts, localAddress: localAddress)
        {
            return Self.problem(421, "Misdirected Request", problem, head)
        }
        guard let endpoint = Endpoint(path: head.path) else {
            return JournalEndpoints.serves(head.path) ? nil : Self.unknownPath(head)
        }
        guard endpoint.methods.contains(head.method) else {
            let allowed = endpoint.methods.joined(separator: ", ")
            let detail = "\(head.path) does not take \(head.method.prefix(20)); use \(allowed)"
            return Self.problem(405, "Method Not Allowed", detail, head, headers: ["Allow": allowed])
        }
        if let refusal = forbidden(head, endpoint) { return refusal }
        if let length = head.contentLength, length > endpoint.bodyLimit { return Self.tooLarge(head, endpoint) }
        return nil
    }

    /// The answer to a request that was not refused; waits for the backend.
    func answer(_ head: RequestHead, body: [UInt8]) -> Response {
        if let answer = JournalEndpoints(backend: backend).answer(head) { return answer }
        guard let endpoint = Endpoint(path: head.path) else { return Self.unknownPath(head) }
        switch endpoint {
        case .status: return json(200, backend.status(), head)
        case .liveness: return .text(200, "ok\n")
        case .readiness: return readiness(verbose: head.queryNames.contains("verbose"))
        case .version: return version(head)
        case .metrics: return metrics()
        case .commands: return command(ControlCommand.self, { $0 }, head, body)
        case .apply: return command(ApplyRequest.self, ControlCommand.apply, head, body)
        case .instanceHeartbeat(let instance): return heartbeat(instance, head)
        case .serviceHeartbeat(let service): return heartbeat(service: service, head)
        }
    }

    /// The answer to a body that turned out to be longer than its endpoint takes.
    func tooLarge(_ head: RequestHead) -> Response {
        Endpoint(path: head.path).map { Self.tooLarge(head, $0) } ?? Self.unknownPath(head)
    }

    /// How many bytes of body a request may have.
    func bodyLimit(of head: RequestHead) -> Int {
        Endpoint(path: head.path)?.bodyLimit ?? 0
    }

    private func forbidden(_ head: RequestHead, _ endpoint: Endpoint) -> Response? {
        guard case .tcp = head.transport else { return nil }
        if endpoint.needsUnixSocket {
            let detail =
                "\(head.path) changes the stack, which is allowed over the unix socket alone; use the hale command, "
                + "or curl --unix-socket with api.sock in the project's folder under /run/hale or $XDG_RUNTIME_DIR/hale"
            return Self.problem(403, "Forbidden", detail, head)
        }
        if head.method == "POST", let origin = head.origin, !HostPolicy.isOwn(origin: origin, hosts: head.hosts) {
            let detail = "a page of \(origin) may not change the stack; send the request from the service itself"
            return Self.problem(403, "Forbidden", detail, head)
        }
        return nil
    }

    private func json(_ status: Int, _ value: some Encodable, _ head: RequestHead) -> Response {
        do {
            return Response(status: status, contentType: JSONText.contentType, body: try JSONText.encode(value))
        } catch {
            return Self.problem(500, "Internal Server Error", "the answer cannot be written as JSON: \(error)", head)
        }
    }

    private func version(_ head: RequestHead) -> Response {
        struct Version: Encodable {
            var stack: String
            var version: String
        }
        let status = backend.status()
        return json(200, Version(stack: status.stack, version: status.version), head)
    }

    private func metrics() -> Response {
        let families = StackMetrics.families(backend.status()) + backend.metrics()
        return .text(200, PrometheusText.format(families), type: PrometheusText.contentType)
    }

    private func readiness(verbose: Bool) -> Response {
        let status = backend.status()
        let isReady = status.status == .healthy
        var lines = verbose ? status.services.sorted { $0.key < $1.key }.map(Self.readinessLine) : []
        lines.append(isReady ? "ok" : "\(status.stack) is \(status.status.rawValue)")
        return .text(isReady ? 200 : 503, lines.joined(separator: "\n") + "\n")
    }

    private static func readinessLine(name: String, service: ServiceStatus) -> String {
        let isWell = service.isUp || service.state == .completed
        let reason = service.waitingOn.map { "waiting: " + $0 } ?? (isWell ? nil : service.lastError)
        let text = "\(isWell ? "[+]" : "[-]") \(name): \(service.state.rawValue), \(service.health.rawValue)"
        return reason.map { "\(text) (\($0))" } ?? text
    }

    private func command<Body: Decodable>(
        _ type: Body.Type, _ command: (Body) -> ControlCommand, _ head: RequestHead, _ body: [UInt8]
    ) -> Response {
        let decoded: Body
        do {
            decoded = try JSONText.decode(type, from: body)
        } catch {
            return Self.problem(400, "Bad Request", "the body is no command: \(JSONText.explain(error))", head)
        }
        let reply = backend.perform(command(decoded), by: head.actor)
        return json(reply.httpStatus, reply, head)
    }

    private func heartbeat(service name: String, _ head: RequestHead) -> Response {
        guard let service = backend.status().services[name] else {
            return Self.problem(404, "Not Found", "the stack has no service '\(name)'; see /status", head)
        }
        guard let instance = service.instances.first, service.instances.count == 1 else {
            let detail =
                "'\(name)' has \(service.instances.count) instances; post to /v1/heartbeat/{instance} with the name "
                + "in HALE_INSTANCE"
            return Self.problem(409, "Conflict", detail, head)
        }
        return heartbeat(instance.name, head)
    }

    private func heartbeat(_ instance: String, _ head: RequestHead) -> Response {
        switch backend.perform(.heartbeat(instance: instance), by: head.actor) {
        case .done: .noContent
        case .notFound(let detail): Self.problem(404, "Not Found", detail, head)
        case .refused(let detail): Self.problem(409, "Conflict", detail, head)
        case .failed(let detail): Self.problem(500, "Internal Server Error", detail, head)
        }
    }

    private static func unknownPath(_ head: RequestHead) -> Response {
        ProblemDetails(
            title: "Not Found", status: 404, detail: "there is nothing at this path; the paths there are are listed",
            instance: String(head.path.prefix(200)), paths: Endpoint.paths
        ).response()
    }

    private static func tooLarge(_ head: RequestHead, _ endpoint: Endpoint) -> Response {
        let detail = "the body is larger than the \(endpoint.bodyLimit) bytes that \(head.path) takes"
        return problem(413, "Content Too Large", detail, head)
    }

    private static func problem(
        _ status: Int, _ title: String, _ detail: String, _ head: RequestHead, headers: [String: String] = [:]
    ) -> Response {
        ProblemDetails(title: title, status: status, detail: detail, instance: String(head.path.prefix(200)))
            .response(headers: headers)
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
