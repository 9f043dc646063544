/// `hale completion`.
struct CompletionCommand: Command {
    static let manual = Manual(
        verb: "completion", operands: "SHELL", operandCount: 1...1,
        operandChoices: CompletionScript.allCases.map(\.rawValue),
        summary: "Print what bash, zsh or fish needs to complete hale",
        details: """
            Verbs, flags, their values and the names of the project's services are completed. The script asks the binary, so
            it need not be renewed with it.
            """,
        examples: [
            .init(line: "hale completion fish | source", meaning: "for this fish"),
            .init(line: "source <(hale completion bash)", meaning: "for this bash; zsh likewise"),
        ])

    private let script: CompletionScript

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let name = arguments.operands.first ?? ""
        guard let script = CompletionScript(rawValue: name) else {
            throw UsageError("there is completion for bash, zsh and fish, not for '\(name)'")
        }
        self.script = script
    }

    func run(in session: Session) throws -> ExitCode {
        try session.console.print(script.text)
        return .success
    }
}
