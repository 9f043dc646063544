/// What a request's head already settles, so that its body need not be read.
extension Router {
    /// More headers than any client sends.
    static let mostHeaders = 100

    /// The refusal of a request, or nil where it is let in; then `head` says with which token. Waits where a wrong token
    /// has to wait its turn.
    func admit(_ head: inout RequestHead) -> Response? {
        guard head.headers.count <= Self.mostHeaders else {
            let detail = "the request has \(head.headers.count) headers; at most \(Self.mostHeaders) are taken"
            return .problem(431, detail, head)
        }
        if case .tcp(let localAddress) = head.transport,
            let problem = HostPolicy.problem(hosts: head.hosts, localAddress: localAddress)
        {
            return .problem(421, problem, head)
        }
        if DashboardFile.all[head.path] != nil { return admitToDashboard(head) }
        guard let target = Target(path: head.path) else { return unknownPath(head) }
        guard target.endpoint.methods.contains(head.method) else {
            let allowed = target.endpoint.methods.joined(separator: ", ")
            let detail = "\(head.path.prefix(200)) does not take \(head.method.prefix(20)); use \(allowed)"
            return .problem(405, detail, head, headers: ["Allow": allowed])
        }
        if let refusal = guardOrigin(head, target.endpoint) { return refusal }
        if case .tcp = head.transport, let refusal = guardTCP(&head, target.endpoint) { return refusal }
        if let length = head.contentLength, length > target.endpoint.bodyLimit {
            return tooLarge(head, target.endpoint)
        }
        return wrongMediaType(head, target.endpoint)
    }

    /// The answer to a body that turned out to be longer than its endpoint takes.
    func tooLarge(_ head: RequestHead) -> Response {
        Target(path: head.path).map { tooLarge(head, $0.endpoint) } ?? unknownPath(head)
    }

    /// How many bytes of body a request may have.
    func bodyLimit(of head: RequestHead) -> Int {
        Target(path: head.path)?.endpoint.bodyLimit ?? 0
    }

    private func tooLarge(_ head: RequestHead, _ endpoint: Endpoint) -> Response {
        let detail = "the body is larger than the \(endpoint.bodyLimit) bytes that \(head.path.prefix(200)) takes"
        return .problem(413, detail, head)
    }

    /// A browser may be brought to send requests of other sites' pages, also to a unix socket that somebody forwards to a
    /// port (`ssh -L`).
    private func guardOrigin(_ head: RequestHead, _ endpoint: Endpoint) -> Response? {
        guard endpoint.isChanging, let origin = head.origin else { return nil }
        let isOwn = HostPolicy.isOwn(origin: origin, hosts: head.hosts)
        if isOwn, HostPolicy.problem(hosts: head.hosts, localAddress: head.localAddress) == nil { return nil }
        let detail = "a page of \(origin.prefix(200)) may not change the stack; send the request from elsewhere"
        return .problem(403, detail, head)
    }

    private func guardTCP(_ head: inout RequestHead, _ endpoint: Endpoint) -> Response? {
        switch endpoint.access {
        case .anyone: return nil
        case .token: return checkToken(&head)
        case .unixSocket:
            let detail =
                "\(head.path) changes the stack, which is allowed over the unix socket alone; use the hale command, "
                + "or curl --unix-socket with api.sock in the project's folder under /run/hale or $XDG_RUNTIME_DIR/hale"
            return .problem(403, detail, head)
        }
    }

    private func checkToken(_ head: inout RequestHead) -> Response? {
        if let session = actingSession(head) {
            head.token = session.name
            return nil
        }
        let verdict = tokens?.check(head.values(of: "authorization")) ?? .unknown
        switch verdict {
        case .known(let name):
            head.token = name
            return nil
        case .missing:
            let detail =
                "a change over TCP needs a token: make one with 'hale token create NAME' and send it as "
                + "'Authorization: Bearer TOKEN'; the unix socket needs none"
            return .problem(401, detail, head, headers: ["WWW-Authenticate": #"Bearer realm="hale""#])
        case .unknown: return unknownToken(head)
        case .tooMany(let seconds): return tooManyTokens(head, seconds)
        }
    }

    func unknownToken(_ head: RequestHead) -> Response {
        let detail = "this token is not known, was revoked or has expired; see 'hale token list'"
        let challenge = #"Bearer realm="hale", error="invalid_token""#
        return .problem(401, detail, head, headers: ["WWW-Authenticate": challenge])
    }

    func tooManyTokens(_ head: RequestHead, _ seconds: Int) -> Response {
        let detail = "too many wrong tokens lately; try again in \(seconds) s"
        return .problem(429, detail, head, headers: ["Retry-After": "\(seconds)"])
    }

    /// Bodies of actions are JSON; a form that some page posts is refused before it is looked at.
    private func wrongMediaType(_ head: RequestHead, _ endpoint: Endpoint) -> Response? {
        guard endpoint.takesJSON else { return nil }
        let types = head.values(of: "content-type").map { RequestHead.mediaType($0) }
        let isEmpty = head.contentLength ?? 0 == 0 && head.values(of: "transfer-encoding").isEmpty
        if types == [JSONText.contentType] || (isEmpty && types.count < 2) { return nil }
        let given = types.first.map { "'\($0.prefix(60))'" } ?? "not said to be anything"
        return .problem(415, "the body is \(given); send JSON and say 'Content-Type: application/json'", head)
    }
}
