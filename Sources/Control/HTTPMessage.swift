/// What a request says before its body.
struct RequestHead: Equatable {
    /// Which socket a request came in by; what is allowed depends on it.
    enum Transport: Equatable {
        /// The unix socket (mode 0600): only the user who runs the stack.
        case unix
        /// TCP: anyone who can reach the port. With the server's own address in the connection, without a port.
        case tcp(localAddress: String?)
    }

    var method: String
    /// As sent, percent-encoded, without the query.
    var path: String
    /// Names of the query's arguments.
    var queryNames: Set<String> = []
    /// Every `Host` header.
    var hosts: [String] = []
    /// The `Origin` header, which browsers add to requests that a page makes.
    var origin: String?
    /// The `Content-Length` header.
    var contentLength: Int?
    var transport: Transport
    /// Who is at the other end of a unix socket, where that can be told.
    var peer: String?

    /// Who is asking, for the journal.
    var actor: String {
        switch transport {
        case .unix: peer ?? "the user who runs the stack"
        case .tcp: "a client over TCP"
        }
    }
}

/// What is answered.
struct Response: Equatable {
    var status: Int
    var contentType: String
    /// Names and values beside `Content-Type`.
    var headers: [String: String] = [:]
    var body: [UInt8]

    static func text(_ status: Int, _ text: String, type: String = "text/plain; charset=utf-8") -> Response {
        Response(status: status, contentType: type, body: Array(text.utf8))
    }

    static let noContent = Response(status: 204, contentType: "", body: [])
}
