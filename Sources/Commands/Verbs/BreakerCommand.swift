internal import Compose
internal import Control
internal import Stack

/// `hale breaker`.
struct BreakerCommand: Command {
    static let manual = Manual(
        verb: "breaker", operands: "open|close|reset SERVICE…", operandCount: 2...Int.max,
        operandChoices: BreakerAction.allCases.map(\.rawValue),
        summary: "Open, close or reset the circuit breakers of services or instances",
        details: """
            'open' keeps calls away until the breaker is closed or reset. 'close' lets them through; from there the breaker
            goes on by itself. 'reset' has it begin anew, as the file says. In place of a service, one of its instances may
            be named, such as web-1.
            """,
        examples: [
            .init(line: "hale breaker open web-2", meaning: "send clients elsewhere while you look at web-2"),
            .init(line: "hale breaker close web", meaning: "let calls to web through now"),
            .init(line: "hale breaker reset web", meaning: "forget what the breakers of web have seen"),
        ], exitCodes: [.backend])

    private let action: BreakerAction
    private let names: [String]

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let word = arguments.operands.first ?? ""
        guard let action = BreakerAction(rawValue: word) else {
            throw UsageError(
                "'breaker' takes open, close or reset, not '\(word)'",
                suggestion: nearest(word, in: Self.manual.operandChoices))
        }
        self.action = action
        names = Array(arguments.operands.dropFirst())
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        try BreakerChoice.check(names, in: connection.status())
        for name in names {
            try connection.perform(.breaker(name, action))
            try session.console.print("\(Self.sentence(action, name))\n")
        }
        return .success
    }

    private static func sentence(_ action: BreakerAction, _ name: String) -> String {
        switch action {
        case .open: "calls to \(name) are kept away"
        case .close: "calls to \(name) go through"
        case .reset: "the breaker of \(name) begins anew"
        }
    }
}
