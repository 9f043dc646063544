/// The talk of a Bolt probe: that the server agrees on a version and, where a user is given, that it accepts it.
struct BoltConversation: Conversation {
    private enum State {
        /// The versions were offered. Can go to greeting.
        case shaking
        /// HELLO was sent. Can go to loggingOn, where the version has LOGON.
        case greeting(BoltVersion)
        /// LOGON was sent.
        case loggingOn
        case finished
    }

    private let user: String?
    private let password: String
    private var state = State.shaking
    private var buffer = InputBuffer()

    init(user: String?, password: String?) {
        self.user = user
        self.password = password ?? ""
    }

    mutating func connected() -> Turn {
        .say(BoltHandshake.proposal)
    }

    mutating func received(_ bytes: [UInt8]) -> Turn {
        do throws(ProtocolViolation) {
            try buffer.append(bytes)
            var turn = Turn.wait
            while turn.verdict == nil, let next = try step() {
                turn = Turn(send: turn.send + next.send, verdict: next.verdict)
            }
            return turn
        } catch {
            return finish("not speaking Bolt (\(error.text))")
        }
    }

    mutating func closed() -> Verdict {
        defer { state = .finished }
        return switch state {
        case .shaking: .failed("connection closed before the handshake was answered")
        case .greeting, .loggingOn: .failed("connection closed while authenticating")
        case .finished: .failed("connection closed")
        }
    }

    /// Deals with the next thing in the buffer; nil when nothing whole is there.
    private mutating func step() throws(ProtocolViolation) -> Turn? {
        switch state {
        case .shaking:
            guard buffer.count >= 4 else { return nil }
            let answer = buffer.unread
            guard let version = try BoltHandshake.agreed(answer.prefix(4)) else {
                return finish("no Bolt version in common")
            }
            buffer.consume(4)
            return greet(version)
        case .greeting(let version):
            return try BoltResponse.next(from: &buffer).map { handle($0, after: version) }
        case .loggingOn:
            return try BoltResponse.next(from: &buffer).map { handle($0, after: nil) }
        case .finished:
            return nil
        }
    }

    private mutating func greet(_ version: BoltVersion) -> Turn {
        guard let user else { return pass() }
        state = .greeting(version)
        return .say(BoltRequest.hello(version, user: user, password: password))
    }

    /// `version` is that of a greeting which may have to be followed by a LOGON.
    private mutating func handle(_ response: BoltResponse, after version: BoltVersion?) -> Turn {
        switch response {
        case .success:
            guard let user, let version, BoltRequest.logsOn(version) else {
                return pass(farewell: BoltRequest.goodbye)
            }
            state = .loggingOn
            return .say(BoltRequest.logon(user: user, password: password))
        case .ignored:
            return finish("the server ignored the request")
        case .failure(let code, let message):
            return finish(Self.reason(code: code, message: message))
        }
    }

    private static func reason(code: String, message: String) -> String {
        let name = code.split(separator: ".").last.map(String.init) ?? ""
        return switch name {
        case "Unauthorized": "password rejected"
        case "AuthenticationRateLimit": "too many wrong passwords, the server makes us wait"
        case "DatabaseUnavailable": "database unavailable (\(Wording.line(message)))"
        default: Wording.line("\(message) (\(code))")
        }
    }

    private mutating func pass(farewell: [UInt8] = []) -> Turn {
        state = .finished
        return .pass(farewell: farewell)
    }

    private mutating func finish(_ reason: String) -> Turn {
        state = .finished
        return .fail(reason)
    }
}
