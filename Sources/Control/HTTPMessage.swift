/// What a request says before its body.
struct RequestHead: Equatable {
    /// Which socket a request came in by; what is allowed depends on it.
    enum Transport: Equatable {
        /// The unix socket (mode 0600): only the user who runs the stack.
        case unix
        /// TCP: anyone who can reach the port. With the server's own address in the connection, without a port.
        case tcp(localAddress: String?)
    }

    /// One header, as sent.
    struct Header: Equatable {
        var name: String
        var value: String
    }

    /// One argument of the query, percent-encoded as sent; nil where it has no value.
    struct Argument: Equatable {
        var name: String
        var value: String?
    }

    var method: String
    /// As sent, percent-encoded, without the query.
    var path: String
    var query: [Argument] = []
    var headers: [Header] = []
    var transport: Transport
    /// Who is at the other end: the user of a unix socket by name, the address of a TCP connection.
    var peer: String?
    /// The name of the token that it was let in with.
    var token: String?

    /// Who is asking, for the journal: "root by hale stop", "token deploy", "127.0.0.1".
    var actor: String {
        switch transport {
        case .unix: (peer ?? "the user who runs the stack") + (ClientName.verb(of: self).map { " by hale " + $0 } ?? "")
        case .tcp: token.map { "token " + $0 } ?? peer ?? "a client over TCP"
        }
    }

    /// Every value of a header, whose name is given in lower case.
    func values(of header: String) -> [String] {
        headers.filter { $0.name.lowercased() == header }.map(\.value)
    }

    /// Every `Host` header.
    var hosts: [String] { values(of: "host") }
    /// The `Origin` header, which browsers add to requests that a page makes.
    var origin: String? { values(of: "origin").first }
    /// The server's own address in a TCP connection, without a port.
    var localAddress: String? {
        switch transport {
        case .unix: nil
        case .tcp(let address): address
        }
    }
    /// The `Content-Length` header.
    var contentLength: Int? { values(of: "content-length").first.flatMap { Int($0) } }

    /// The media type of a header's value without its parameters, in lower case.
    static func mediaType(_ value: some StringProtocol) -> String {
        let type = value.prefix { $0 != ";" }
        return String(type.filter { $0 != " " && $0 != "\t" }).lowercased()
    }
}

/// How the `hale` command names itself and its verb to the healer: `hale/0.1.0 stop`.
enum ClientName {
    static func userAgent(version: String, verb: String?) -> String {
        "hale/" + version + (verb.map { " " + $0 } ?? "")
    }

    /// The verb that the `hale` command at the other end carries out. What else a client says of itself could be
    /// anything, and stays out of the journal.
    static func verb(of head: RequestHead) -> String? {
        guard let agent = head.values(of: "user-agent").first, agent.hasPrefix("hale/") else { return nil }
        let words = agent.split(separator: " ")
        guard words.count == 2, let verb = words.last, verb.utf8.count <= 24 else { return nil }
        let isPlain = verb.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == 0x2D }
        return isPlain ? String(verb) : nil
    }
}

/// What is answered.
struct Response: Equatable {
    var status: Int
    var contentType: String
    /// Names and values beside `Content-Type`.
    var headers: [String: String] = [:]
    var body: [UInt8]
    /// The events to send without end in place of a body.
    var stream: EventStreamRequest?

    static func text(_ status: Int, _ text: String, type: String = "text/plain; charset=utf-8") -> Response {
        Response(status: status, contentType: type, body: Array(text.utf8))
    }

    static func json(_ status: Int, _ value: some Encodable, _ head: RequestHead) -> Response {
        do {
            return Response(status: status, contentType: JSONText.contentType, body: try JSONText.encode(value))
        } catch {
            return .problem(500, "the answer cannot be written as JSON: \(error)", head)
        }
    }

    static func problem(
        _ status: Int, _ detail: String, _ head: RequestHead, headers: [String: String] = [:]
    ) -> Response {
        ProblemDetails(
            title: ProblemDetails.title(of: status), status: status, detail: detail,
            instance: String(head.path.prefix(200))
        ).response(headers: headers)
    }

    static let noContent = Response(status: 204, contentType: "", body: [])
}
