internal import Control
internal import Stack

/// `hale explain`.
struct ExplainCommand: Command {
    private enum Format: String, CaseIterable { case text, json }

    private static let format = Option.value(
        "format", of: "FORMAT", help: "text (default) or json: what the API answers")

    static let manual = Manual(
        verb: "explain", operands: "SERVICE", operandCount: 1...1,
        summary: "Say why a service is as it is, and what happens next",
        details: """
            In plain sentences: its state and since when, the evidence, who is at fault, what it waits for, what Hale does
            next and when, and what you can do. Times are those of this machine's clock.
            """,
        options: [format],
        examples: [
            .init(line: "hale explain web", meaning: "why web does not answer, and when it is tried again"),
            .init(line: "hale explain web --format json", meaning: "the same for a script"),
        ], exitCodes: [.backend])

    private let service: String
    private let format: Format

    init(_ arguments: ParsedArguments) throws(UsageError) {
        service = arguments.operands.first ?? ""
        format = try arguments.choice(Self.format, Format.self) ?? .text
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        _ = try ServiceChoice.names([service], among: Array(try connection.status().services.keys))
        switch format {
        case .text: try session.console.print(Self.text(try connection.explanation(of: service)))
        case .json:
            let text = try connection.explanationText(of: service)
            try session.console.print(text.hasSuffix("\n") ? text : text + "\n")
        }
        return .success
    }

    /// One sentence a line.
    static func text(_ explanation: Explanation) -> String {
        explanation.sentences.map { $0 + "\n" }.joined()
    }
}
