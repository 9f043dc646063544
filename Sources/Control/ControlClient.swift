internal import Stack

/// Asks a running healer over its unix socket. Values are cheap; every call is one connection and blocks its thread.
public struct ControlClient: Sendable {
    /// The socket.
    public let socketPath: String
    /// How long a call may take as a whole.
    public let timeout: Duration

    /// A client of the socket at that path (`Locations.apiSocket`). Connects only when it is asked something.
    public init(socketPath: String, timeout: Duration = .seconds(30)) {
        self.socketPath = socketPath
        self.timeout = timeout
    }

    /// The newest picture of the stack.
    public func status() throws(ControlClientError) -> StackStatus {
        try decode(StackStatus.self, from: exchange(path: "/status", body: nil), accepting: [200])
    }

    /// Has a command carried out; returns once the engine has taken it, not when its effect is complete.
    public func perform(_ command: ControlCommand) throws(ControlClientError) -> ControlReply {
        let body: [UInt8]
        do {
            body =
                if case .apply(let request) = command { try JSONText.encode(request) } else {
                    try JSONText.encode(command)
                }
        } catch {
            throw .unexpected("the command cannot be written as JSON: \(error)")
        }
        let path = if case .apply = command { "/v1/apply" } else { "/v1/commands" }
        let answer = try exchange(path: path, body: body)
        return try decode(ControlReply.self, from: answer, accepting: [200, 404, 409, 500])
    }

    /// The body that a GET of `path` answers with, as text; an answer that is no success is an error.
    public func get(_ path: String) throws(ControlClientError) -> String {
        let answer = try exchange(path: path, body: nil)
        guard (200..<300).contains(answer.status) else { throw rejection(answer) }
        return String(decoding: answer.body, as: UTF8.self)
    }

    private func decode<Value: Decodable>(
        _ type: Value.Type, from answer: CurlExchange.Answer, accepting statuses: Set<Int>
    ) throws(ControlClientError) -> Value {
        guard statuses.contains(answer.status), answer.contentType.hasPrefix(JSONText.contentType) else {
            throw rejection(answer)
        }
        do {
            return try JSONText.decode(type, from: answer.body)
        } catch {
            throw .unexpected(JSONText.explain(error))
        }
    }

    private func rejection(_ answer: CurlExchange.Answer) -> ControlClientError {
        let problem = try? JSONText.decode(ProblemDetails.self, from: answer.body)
        let text = problem?.detail ?? String(decoding: answer.body.prefix(2000), as: UTF8.self)
        return .rejected(status: answer.status, detail: text)
    }

    private func exchange(path: String, body: [UInt8]?) throws(ControlClientError) -> CurlExchange.Answer {
        // sun_path holds 108 bytes with its zero; curl's own words for a longer one help nobody.
        guard socketPath.utf8.count < 108 else {
            throw .unexpected("\(socketPath) is longer than the 107 bytes a unix socket's path may have")
        }
        switch CurlExchange.run(socketPath: socketPath, path: path, body: body, timeout: timeout) {
        case .answer(let answer): return answer
        case .notConnected(let code): throw connectionError(code)
        case .timedOut: throw .noAnswer(socket: socketPath, timeout: timeout)
        case .broken(let text): throw .unexpected(text)
        }
    }
}

/// Why a healer could not be asked.
public enum ControlClientError: Error, Hashable, CustomStringConvertible {
    /// Nothing listens: no Hale runs for this project.
    case notRunning(socket: String)
    /// The socket belongs to another user.
    case forbidden(socket: String)
    /// The keeper listens, but no healer answered in time.
    case noAnswer(socket: String, timeout: Duration)
    /// The healer refuses the request: its status code, and its reason.
    case rejected(status: Int, detail: String)
    /// Something answers that is not understood, or the connection broke; what was met.
    case unexpected(String)

    /// What happened and what to do.
    public var description: String {
        switch self {
        case .notRunning(let socket):
            "no Hale runs for this project (nothing listens on \(socket)); start it with 'hale up'"
        case .forbidden(let socket):
            "\(socket) belongs to another user; run the command as the user who started the stack"
        case .noAnswer(let socket, let timeout):
            "Hale does not answer on \(socket) within \(DurationText.format(timeout)); its healer may be restarting, "
                + "try again or read its log"
        case .rejected(let status, let detail):
            "Hale refuses the request (HTTP \(status)): \(detail)"
        case .unexpected(let text):
            "the status API cannot be understood: \(text)"
        }
    }
}
