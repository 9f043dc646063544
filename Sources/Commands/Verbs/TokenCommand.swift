internal import Compose
internal import Control
internal import Platform
internal import Stack

/// `hale token`.
struct TokenCommand: Command {
    private static let expires = Option.value(
        "expires", of: "TIME", help: "create: worth nothing after that, such as 30d")

    static let manual = Manual(
        verb: "token", operands: "create NAME | list | revoke NAME…", operandCount: 1...Int.max,
        summary: "Make, list and revoke tokens for changes over TCP",
        details: """
            A program that shows a token ('Authorization: Bearer TOKEN') may start, stop and change services over the
            TCP address of the status API. Hale keeps a token only as a hash, so it is printed once, when it is made.
            The unix socket needs none. It counts at once, whether Hale runs or not. Make it as the user who runs the
            stack.
            """,
        options: [expires],
        examples: [
            .init(line: "hale token create --expires 30d deploy", meaning: "make one for a month and print it"),
            .init(line: "hale token list", meaning: "whose there are, and until when they count"),
            .init(line: "hale token revoke deploy", meaning: "have it count no more"),
        ])

    private enum Action {
        case create(String, lifetime: Duration?)
        case list
        case revoke([String])
    }

    private let action: Action

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let word = arguments.operands.first ?? ""
        let names = Array(arguments.operands.dropFirst())
        let lifetime = try arguments.duration(Self.expires)
        guard lifetime == nil || word == "create" else { throw UsageError("--expires goes with 'token create' alone") }
        switch word {
        case "create":
            guard let name = names.first, names.count == 1 else { throw UsageError("'token create' needs one NAME") }
            guard AccessToken.isName(name) else {
                throw UsageError(
                    "'\(name)' is no name for a token: 1 to 64 letters, digits, dots, dashes and underscores")
            }
            guard lifetime != .zero else {
                throw UsageError("--expires is how long the token counts, more than nothing")
            }
            action = .create(name, lifetime: lifetime)
        case "list":
            if let extra = names.first { throw UsageError("'token list' does not take '\(extra)'") }
            action = .list
        case "revoke":
            guard !names.isEmpty else { throw UsageError("'token revoke' needs a NAME") }
            action = .revoke(names)
        default:
            throw UsageError(
                "'token' takes create, list or revoke, not '\(word)'",
                suggestion: nearest(word, in: ["create", "list", "revoke"]))
        }
    }

    func run(in session: Session) throws -> ExitCode {
        let file = TokenFile(path: try session.locations().tokens)
        switch action {
        case .create(let name, let lifetime):
            try session.console.print(try file.create(name, lifetime: lifetime) + "\n")
            session.console.note("This is the only time that the token is shown; 'hale token revoke \(name)' ends it.")
        case .list: try session.console.print(Self.table(try file.tokens()).rendered(session.console.outputStyle))
        case .revoke(let names):
            for name in names {
                try file.revoke(name)
                try session.console.print("\(name) counts no more\n")
            }
        }
        return .success
    }

    private static func table(_ tokens: [AccessToken]) -> TextTable {
        let now = Calendar.now()
        var table = TextTable(header: ["NAME", "CREATED", "EXPIRES"])
        table.rows = tokens.map { token in
            let age = TimeText.age(Double(now - token.createdAt) / 1e9) + " ago"
            let expiry =
                if token.isExpired(at: now) {
                    "expired"
                } else if let end = token.expiresAt {
                    "in " + TimeText.age(Double(end - now) / 1e9)
                } else {
                    "never"
                }
            return [.init(token.name), .init(age), .init(expiry)]
        }
        return table
    }
}
