internal import Platform
internal import Stack

/// Who may change the stack from the dashboard.
extension Router {
    /// The header without which a session opens nothing. Another site's page cannot send it without being asked first
    /// whether it may, which is answered by no.
    static let pageHeader = "x-requested-with"

    /// The session by which a request may change the stack; nil where it has none, or may have been made by another page.
    func actingSession(_ head: RequestHead) -> SessionBook.Session? {
        guard !head.values(of: Self.pageHeader).isEmpty, head.values(of: "authorization").isEmpty else { return nil }
        return knownSession(head)
    }

    func session(_ head: RequestHead) -> SessionStatus {
        if case .unix = head.transport { return SessionStatus(actor: head.actor) }
        return knownSession(head).map(SessionStatus.init) ?? SessionStatus()
    }

    func openSession(_ head: RequestHead, _ body: [UInt8]) -> Response {
        let token: String
        do {
            token = try JSONText.decode(SignIn.self, from: body).token
        } catch {
            return .problem(400, "the body is not what signs in: \(JSONText.explain(error))", head)
        }
        switch tokens?.signIn(token) ?? .unknown {
        case .opened(let id, let session):
            var response = Response.json(200, SessionStatus(session), head)
            response.headers["Set-Cookie"] = cookie.setting(id, for: SessionBook.lifetime)
            return response
        case .unknown: return unknownToken(head)
        case .tooMany(let seconds): return tooManyTokens(head, seconds)
        case .unavailable: return .problem(503, "the system gives no randomness", head, headers: ["Retry-After": "5"])
        }
    }

    func closeSession(_ head: RequestHead) -> Response {
        let cookie = cookie
        if let id = cookie.id(in: head.values(of: "cookie")) { tokens?.signOut(id) }
        var response = Response.json(200, SessionStatus(), head)
        response.headers["Set-Cookie"] = cookie.removal
        return response
    }

    private func knownSession(_ head: RequestHead) -> SessionBook.Session? {
        let cookies = head.values(of: "cookie")
        guard !cookies.isEmpty, let id = cookie.id(in: cookies) else { return nil }
        return tokens?.session(id)
    }

    private var cookie: SessionCookie { SessionCookie(stack: backend.status().stack) }
}

/// What signs in.
struct SignIn: Decodable {
    /// A token of `hale token create`.
    let token: String
}

/// Who asks, and whether they may change the stack.
struct SessionStatus: Encodable, Equatable {
    let mayAct: Bool
    /// Who asks, as the journal names them.
    let actor: String?
    /// When the session ends by itself, RFC 3339.
    let until: String?

    enum CodingKeys: String, CodingKey {
        case actor, until
        case mayAct = "may_act"
    }

    /// Somebody who may only read.
    init() { (mayAct, actor, until) = (false, nil, nil) }

    /// Somebody who may act for as long as they reach this socket.
    init(actor: String) { (mayAct, self.actor, until) = (true, actor, nil) }

    init(_ session: SessionBook.Session) {
        mayAct = true
        actor = "token " + session.name
        let end = session.end.nanoseconds.addingReportingOverflow(Calendar.offset()).partialValue
        until = Timestamp.format(nanosecondsSince1970: end)
    }
}
