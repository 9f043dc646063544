internal import Stack

/// What the hale command itself sends, and heartbeats.
extension Router {
    func command<Body: Decodable>(
        _ type: Body.Type, _ command: (Body) -> ControlCommand, _ head: RequestHead, _ body: [UInt8]
    ) -> Response {
        let decoded: Body
        do {
            decoded = try JSONText.decode(type, from: body)
        } catch {
            return .problem(400, "the body is no command: \(JSONText.explain(error))", head)
        }
        let reply = backend.perform(command(decoded), by: head.actor)
        return .json(reply.httpStatus, reply, head)
    }

    func heartbeat(service name: String, _ head: RequestHead) -> Response {
        guard let service = backend.status().services[name] else { return noService(name, head) }
        guard let instance = service.instances.first, service.instances.count == 1 else {
            let detail =
                "'\(name)' has \(service.instances.count) instances; post to /v1/heartbeat/{instance} with the name "
                + "in HALE_INSTANCE"
            return .problem(409, detail, head)
        }
        return heartbeat(instance.name, head)
    }

    func heartbeat(_ instance: String, _ head: RequestHead) -> Response {
        switch backend.perform(.heartbeat(instance: instance), by: head.actor) {
        case .done: .noContent
        case .notFound(let detail): .problem(404, detail, head)
        case .refused(let detail): .problem(409, detail, head)
        case .failed(let detail): .problem(503, detail, head, headers: ["Retry-After": "5"])
        }
    }
}
