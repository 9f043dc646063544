internal import Compose
internal import Control
internal import Platform
internal import Stack

/// `hale alert`.
struct AlertCommand: Command {
    private enum Action {
        case test([String])
        case acknowledge([Int64])
    }

    static let manual = Manual(
        verb: "alert", operands: "test [CHANNEL…] | ack ID…", operandCount: 1...Int.max,
        operandChoices: ["test", "ack"],
        summary: "Try alert channels, or say that somebody looks after an alert",
        details: """
            'test' sends a message through each channel of x-hale.alerts, or through those named, and says what came of it.
            It does so by itself, by the Compose file as it is now, whether the stack runs or not. 'ack' ends repetition and
            escalation of an alert; whoever was told of it is still told when it is over.
            """,
        examples: [
            .init(line: "hale alert test", meaning: "try every channel"),
            .init(line: "hale alert test oncall", meaning: "try one"),
            .init(line: "hale alert ack 7", meaning: "look after alert 7"),
        ], exitCodes: [.backend])

    private let action: Action

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let words = arguments.operands.dropFirst()
        switch arguments.operands.first {
        case "test": action = .test(Array(words))
        case "ack":
            guard !words.isEmpty else { throw UsageError("'alert ack' needs the ID of an alert; see 'hale alerts'") }
            var ids: [Int64] = []
            for word in words {
                guard let id = Int64(word), id > 0 else {
                    throw UsageError("'\(word)' is no ID of an alert; see 'hale alerts'")
                }
                ids.append(id)
            }
            action = .acknowledge(ids)
        case let word:
            throw UsageError(
                "'alert' takes test or ack, not '\(word ?? "")'", suggestion: nearest(word ?? "", in: ["test", "ack"]))
        }
    }

    func run(in session: Session) throws -> ExitCode {
        switch action {
        case .test(let names): return try test(names, in: session)
        case .acknowledge(let ids):
            let connection = HaleConnection(try session.locations())
            for id in ids { try session.console.print(try connection.perform(.acknowledgeAlert(id)) + "\n") }
            return .success
        }
    }

    private func test(_ names: [String], in session: Session) throws -> ExitCode {
        let (stack, policy) = try Self.policy(in: session)
        let channels = policy?.channels ?? []
        guard !channels.isEmpty else {
            throw CommandFailure("the stack has no alert channels; x-hale.alerts.channels is where they go")
        }
        for name in names where !channels.contains(where: { $0.name == name }) {
            let hint = nearest(name, in: channels.map(\.name)).map { "did you mean '\($0)'?" }
            throw CommandFailure(
                "there is no alert channel '\(name)'; "
                    + (hint ?? "there are: \(channels.map(\.name).joined(separator: ", "))"))
        }
        let chosen = names.isEmpty ? channels : channels.filter { names.contains($0.name) }
        let results = AlertTest.run(chosen, stack: stack)
        var table = TextTable(header: ["CHANNEL", "KIND", "RESULT"])
        table.rows = results.map { result in
            [
                .init(result.channel.name), .init(result.channel.kind.word),
                .init(result.problem ?? "delivered", result.problem == nil ? .green : .red),
            ]
        }
        try session.console.print(table.rendered(session.console.outputStyle))
        return results.contains { $0.problem != nil } ? .failure : .success
    }

    /// By the Compose file, or by what was applied last where there is none.
    private static func policy(in session: Session) throws -> (stack: String, AlertPolicy?) {
        do {
            let project = try session.project()
            return (project.name, try project.alerts())
        } catch {
            guard let saved = (try? session.locations()).flatMap({ HaleConnection($0).saved() }) else { throw error }
            session.console.note("hale: going by what was applied last, as the Compose file cannot be used:\n\(error)")
            return (saved.stack.name, saved.stack.alerts)
        }
    }
}
