/// The talk of a Redis probe: AUTH where a user or a password is given, PING, and on request whether writes are taken.
///
/// Writes are asked about with `SETRANGE hale:writable 0 ""`. Setting nothing is defined to change nothing and to
/// create no key, so nothing is stored, replicated or appended to the log; yet the server first passes it through every
/// gate of a write that needs memory, and says READONLY, MISCONF, OOM, NOREPLICAS or NOPERM where it would to a client.
struct RedisConversation: Conversation {
    private enum State {
        /// AUTH was sent. Can go to pinging.
        case authenticating
        /// PING was sent. Can go to loading and writing.
        case pinging
        /// The server said that it loads its data; how far it is was asked.
        case loading
        /// The empty write was sent.
        case writing
        case finished
    }

    private let user: String?
    private let password: String?
    private let writable: Bool
    private var state = State.pinging
    private var buffer = InputBuffer()

    init(user: String?, password: String?, writable: Bool) {
        self.user = user
        self.password = password
        self.writable = writable
    }

    mutating func connected() -> Turn {
        guard user != nil || password != nil else { return ping() }
        state = .authenticating
        return .say(Self.command(["AUTH"] + (user.map { [$0] } ?? []) + [password ?? ""]))
    }

    mutating func received(_ bytes: [UInt8]) -> Turn {
        do throws(ProtocolViolation) {
            try buffer.append(bytes)
            var turn = Turn.wait
            while turn.verdict == nil, let reply = try RedisReply.next(from: &buffer) {
                let next = handle(reply)
                turn = Turn(send: turn.send + next.send, verdict: next.verdict)
            }
            return turn
        } catch {
            return finish("not speaking Redis (\(error.text))")
        }
    }

    mutating func closed() -> Verdict {
        defer { state = .finished }
        return switch state {
        case .authenticating: .failed("connection closed while authenticating")
        case .pinging: .failed("connection closed before PING was answered")
        case .loading: .failed("loading")
        case .writing: .failed("connection closed before the write was answered")
        case .finished: .failed("connection closed")
        }
    }

    private mutating func handle(_ reply: RedisReply) -> Turn {
        switch (state, reply) {
        case (.finished, _):
            return .wait
        case (.loading, .bulk(let text)):
            return finish(Self.progress(in: text ?? ""))
        case (.loading, _):
            return finish("loading")
        case (.pinging, .error(code: "LOADING", _)), (.writing, .error(code: "LOADING", _)):
            state = .loading
            return .say(Self.command(["INFO", "persistence"]))
        case (.writing, .error(code: "MOVED", _)):
            // Another node of the cluster owns the key; that this node is a working member is all there is to learn.
            state = .finished
            return .pass()
        case (_, .error(let code, let text)):
            return finish(reason(code: code, text: text))
        case (.authenticating, .simple("OK")):
            return ping()
        case (.pinging, .simple("PONG")):
            return writable ? write() : pass()
        case (.writing, .integer):
            return pass()
        case (.authenticating, _), (.pinging, _), (.writing, _):
            return finish("not speaking Redis (unexpected reply)")
        }
    }

    private mutating func ping() -> Turn {
        state = .pinging
        return .say(Self.command(["PING"]))
    }

    private mutating func write() -> Turn {
        state = .writing
        return .say(Self.command(["SETRANGE", "hale:writable", "0", ""]))
    }

    private mutating func pass() -> Turn {
        state = .finished
        return .pass()
    }

    private mutating func finish(_ reason: String) -> Turn {
        state = .finished
        return .fail(reason)
    }

    private func reason(code: String, text: String) -> String {
        let detail = Wording.line(text.dropFirst(code.count).drop { $0 == " " })
        switch code {
        case "NOAUTH": return Wording.passwordRequired
        case "WRONGPASS": return "password rejected"
        case "MASTERDOWN": return "replica without its master (\(detail))"
        case "READONLY": return "read only: a replica takes no writes"
        case "MISCONF": return "takes no writes (\(detail))"
        case "OOM": return "takes no writes: out of memory under maxmemory"
        case "NOREPLICAS": return "takes no writes: not enough good replicas"
        case "NOPERM": return "permission denied (\(detail))"
        case "BUSY": return "busy running a script"
        case "CLUSTERDOWN": return "cluster down (\(detail))"
        // Redis before 6 has no code of its own for these.
        case "ERR" where detail.hasPrefix("invalid password"): return "password rejected"
        case "ERR" where isAuthenticating && detail.contains("password"):
            return "a password is given but the server has none"
        // A server that does not know AUTH quotes its arguments, the password among them.
        case _ where isAuthenticating: return "AUTH refused (\(Wording.line(code)))"
        default: return Wording.line(text)
        }
    }

    private var isAuthenticating: Bool {
        if case .authenticating = state { true } else { false }
    }

    private static func progress(in information: String) -> String {
        let key = "loading_loaded_perc:"
        guard let line = information.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix(key) }),
            let percent = Double(line.dropFirst(key.count)), (0...100).contains(percent)
        else { return "loading" }
        return "loading \(Int(percent.rounded())) %"
    }

    private static func command(_ words: [String]) -> [UInt8] {
        Array("*\(words.count)\r\n".utf8) + words.flatMap { Array("$\($0.utf8.count)\r\n\($0)\r\n".utf8) }
    }
}
