/// `hale man`.
struct ManualPageCommand: Command {
    static let manual = Manual(
        verb: "man", summary: "Print the manual page", details: "In roff, for man(1); made of what the help texts are.",
        examples: [.init(line: "hale man > hale.1; man ./hale.1", meaning: "read it")], isHidden: true)

    init(_ arguments: ParsedArguments) throws(UsageError) {}

    func run(in session: Session) throws -> ExitCode {
        try session.console.print(ManualPage.text(Verbs.manuals))
        return .success
    }
}
