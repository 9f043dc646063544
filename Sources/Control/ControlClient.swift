internal import Stack

/// Asks a running healer over its unix socket. Values are cheap; every call is one connection and blocks its thread.
public struct ControlClient: Sendable {
    /// The socket.
    public let socketPath: String
    /// How long a call may take as a whole.
    public let timeout: Duration
    /// The verb of the command line that asks; the journal says it with what was asked.
    public let verb: String?

    private static let readAttempts = 3

    /// A client of the socket at that path (`Locations.apiSocket`). Connects only when it is asked something.
    public init(socketPath: String, timeout: Duration = .seconds(30), verb: String? = nil) {
        self.socketPath = socketPath
        self.timeout = timeout
        self.verb = verb
    }

    /// The newest picture of the stack.
    public func status() throws(ControlClientError) -> StackStatus {
        try decode(StackStatus.self, from: read("/status"), accepting: [200])
    }

    /// Has a command carried out; returns once the engine has taken it, not when its effect is complete.
    public func perform(_ command: ControlCommand) throws(ControlClientError) -> ControlReply {
        let answer =
            switch command {
            case .apply(let request): try exchange(path: "/v1/apply", body: encode(request))
            case .reload, .down, .releaseStack, .service, .breaker, .pauseHealing, .heartbeat, .setFlag, .clearFlag,
                .acknowledgeAlert:
                try exchange(path: "/v1/commands", body: encode(command))
            }
        return try decode(ControlReply.self, from: answer, accepting: [200, 404, 409, 500])
    }

    /// The body that a GET of `path` answers with, as text; an answer that is no success is an error.
    public func get(_ path: String) throws(ControlClientError) -> String {
        let answer = try read(path)
        guard (200..<300).contains(answer.status) else { throw rejection(answer) }
        return String(decoding: answer.body, as: UTF8.self)
    }

    /// What a GET of `path` answers with, decoded; an answer that is no success is an error.
    func value<Value: Decodable>(_ type: Value.Type, at path: String) throws(ControlClientError) -> Value {
        try decode(type, from: read(path), accepting: [200])
    }

    private func encode(_ value: some Encodable) throws(ControlClientError) -> [UInt8] {
        do {
            return try JSONText.encode(value)
        } catch {
            throw .unexpected("the command cannot be written as JSON: \(error)")
        }
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

    /// Reads `path`. A healer that is replaced meanwhile takes its connections with it, but the next one answers the
    /// same, so reading is tried again; changing is not, since it may have been done.
    private func read(_ path: String) throws(ControlClientError) -> CurlExchange.Answer {
        for _ in 1..<Self.readAttempts {
            do {
                return try exchange(path: path, body: nil)
            } catch .interrupted {
                continue
            }
        }
        return try exchange(path: path, body: nil)
    }

    private func exchange(path: String, body: [UInt8]?) throws(ControlClientError) -> CurlExchange.Answer {
        // sun_path holds 108 bytes with its zero; curl's own words for a longer one help nobody.
        guard socketPath.utf8.count < 108 else {
            throw .unexpected("\(socketPath) is longer than the 107 bytes a unix socket's path may have")
        }
        let agent = ClientName.userAgent(version: HaleVersion.current, verb: verb)
        let outcome = CurlExchange.run(
            socketPath: socketPath, path: path, body: body, userAgent: agent, timeout: timeout)
        switch outcome {
        case .answer(let answer): return answer
        case .notConnected(let code): throw connectionError(code)
        case .interrupted: throw .interrupted(socket: socketPath)
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
    /// The healer ended while it answered; a command may or may not have been taken.
    case interrupted(socket: String)
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
        case .interrupted(let socket):
            "Hale's healer ended while it answered on \(socket); another takes over, see 'hale status' and try again"
        case .rejected(let status, let detail):
            "Hale refuses the request (HTTP \(status)): \(detail)"
        case .unexpected(let text):
            "the status API cannot be understood: \(text)"
        }
    }
}
