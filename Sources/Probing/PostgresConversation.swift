/// The talk of a PostgreSQL probe.
///
/// Without a user it sends a start-up packet as `postgres`: any answer about that user, a request to authenticate or a
/// refusal, shows that the server takes sessions; errors about the server itself (starting up, too many connections)
/// fail. With a user it authenticates by SCRAM-SHA-256, MD5 or clear text, runs `SELECT 1` and takes its leave.
struct PostgresConversation: Conversation {
    private enum State {
        /// Until the start-up packet is answered. Goes on to any other.
        case starting
        /// The server's first SCRAM message is due.
        case challenged(ScramClient)
        /// The server's proof is due.
        case proving(ScramClient)
        /// A password was sent, or the proof was right; the server's acceptance is due.
        case presenting
        /// Authenticated; the server prepares the session.
        case preparing
        /// `SELECT 1` was sent.
        case querying(answered: Bool)
        case finished
    }

    private let user: String?
    private let password: String?
    private let database: String?
    private let nonce: String
    private var state = State.starting
    private var buffer = InputBuffer()

    /// `nonce` is for SCRAM: printable ASCII without a comma, never used before.
    init(user: String?, password: String?, database: String?, nonce: String) {
        self.user = user
        self.password = password
        self.database = database
        self.nonce = nonce
    }

    mutating func connected() -> Turn {
        let user = user ?? "postgres"
        return .say(PostgresRequest.startup(user: user, database: database ?? user))
    }

    mutating func received(_ bytes: [UInt8]) -> Turn {
        do throws(ProtocolViolation) {
            try buffer.append(bytes)
            var turn = Turn.wait
            while turn.verdict == nil, let message = try PostgresMessage.next(from: &buffer) {
                let next = handle(message)
                turn = Turn(send: turn.send + next.send, verdict: next.verdict)
            }
            return turn
        } catch {
            state = .finished
            return .fail("not speaking PostgreSQL (\(error.text))")
        }
    }

    mutating func closed() -> Verdict {
        defer { state = .finished }
        return switch state {
        case .starting: .failed("connection closed without an answer")
        case .challenged, .proving, .presenting: .failed("connection closed while authenticating")
        case .preparing: .failed("connection closed while the session started")
        case .querying: .failed("connection closed before SELECT 1 was answered")
        case .finished: .failed("connection closed")
        }
    }

    private mutating func handle(_ message: PostgresMessage) -> Turn {
        switch message {
        case .authentication(let request): authenticate(request)
        case .error(let error): refuse(error)
        case .dataRow(let column): takeRow(column)
        case .readyForQuery: ready()
        case .other: .wait
        }
    }

    private mutating func authenticate(_ request: PostgresAuthentication) -> Turn {
        switch (state, request) {
        case (.starting, .accepted), (.presenting, .accepted):
            state = .preparing
            return .wait
        case (.starting, _) where user == nil:
            // A server that waits for a password takes a closed connection quietly and logs anything else.
            state = .finished
            return .pass()
        case (.starting, .cleartext), (.starting, .md5), (.starting, .sasl):
            return present(to: request)
        case (.starting, .unsupported(let number)):
            return finish("the server wants authentication method \(number), which a probe does not speak")
        case (.challenged(let client), .saslContinue(let challenge)):
            return answer(challenge, as: client)
        case (.proving(let client), .saslFinal(let proof)):
            return check(proof, as: client)
        case (.finished, _):
            return .wait
        case (.starting, .saslContinue), (.starting, .saslFinal), (.challenged, _), (.proving, _), (.presenting, _),
            (.preparing, _), (.querying, _):
            return finish("not speaking PostgreSQL (authentication out of order)")
        }
    }

    private mutating func present(to request: PostgresAuthentication) -> Turn {
        guard let user, let password else { return finish(Wording.passwordRequired) }
        switch request {
        case .cleartext:
            state = .presenting
            return .say(PostgresRequest.password(password))
        case .md5(let salt):
            guard let inner = Digest.md5Text(Array((password + user).utf8)),
                let outer = Digest.md5Text(Array(inner.utf8) + salt)
            else { return finish("the server wants MD5, which OpenSSL refuses here") }
            state = .presenting
            return .say(PostgresRequest.password("md5" + outer))
        case .sasl(let mechanisms):
            guard mechanisms.contains(ScramClient.mechanism) else {
                let offered = Wording.line(mechanisms.joined(separator: ", "))
                return finish("the server offers no \(ScramClient.mechanism) (\(offered))")
            }
            let client = ScramClient(password: password, nonce: nonce)
            state = .challenged(client)
            return .say(
                PostgresRequest.saslInitial(mechanism: ScramClient.mechanism, response: client.first))
        case .accepted, .saslContinue, .saslFinal, .unsupported:
            return finish("not speaking PostgreSQL (authentication out of order)")
        }
    }

    private mutating func answer(_ challenge: [UInt8], as client: ScramClient) -> Turn {
        var client = client
        do throws(ScramClient.Failure) {
            let response = try client.answer(serverFirst: challenge)
            state = .proving(client)
            return .say(PostgresRequest.saslResponse(response))
        } catch {
            return finish(error.text)
        }
    }

    private mutating func check(_ proof: [UInt8], as client: ScramClient) -> Turn {
        do throws(ScramClient.Failure) {
            try client.verify(serverFinal: proof)
            state = .presenting
            return .wait
        } catch {
            return finish(error.text)
        }
    }

    private mutating func refuse(_ error: PostgresError) -> Turn {
        if case .finished = state { return .wait }
        guard user == nil, !error.isOutage else { return finish(error.reason) }
        state = .finished
        return .pass()
    }

    private mutating func ready() -> Turn {
        switch state {
        case .preparing where user == nil, .querying(answered: true):
            state = .finished
            return .pass(farewell: PostgresRequest.terminate)
        case .preparing:
            state = .querying(answered: false)
            return .say(PostgresRequest.query("SELECT 1"))
        case .querying(answered: false):
            return finish("SELECT 1 answered no row")
        case .starting, .challenged, .proving, .presenting:
            return finish("not speaking PostgreSQL (ready before authentication)")
        case .finished:
            return .wait
        }
    }

    private mutating func takeRow(_ column: [UInt8]?) -> Turn {
        guard case .querying = state else { return .wait }
        guard column == [UInt8(ascii: "1")] else { return finish("SELECT 1 answered something else") }
        state = .querying(answered: true)
        return .wait
    }

    private mutating func finish(_ reason: String) -> Turn {
        state = .finished
        return .fail(reason)
    }
}
