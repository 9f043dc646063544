internal import Stack

/// `hale version`.
struct VersionCommand: Command {
    private enum Format: String, CaseIterable { case pretty, json }

    private static let format = Option.value(
        "format", "f", of: "FORMAT", help: "pretty (default) or json", choices: Format.self)
    private static let short = Option.flag("short", help: "the number alone")

    static let manual = Manual(
        verb: "version", summary: "Show which Hale this is", options: [format, short],
        examples: [.init(line: "hale version --short", meaning: HaleVersion.current)])

    static let sentence = "Hale version \(HaleVersion.current)\n"

    private let text: String

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let format = try arguments.choice(Self.format, Format.self) ?? .pretty
        if arguments.isOn(Self.short) {
            text = HaleVersion.current + "\n"
        } else {
            switch format {
            case .pretty: text = Self.sentence
            case .json: text = "{\"version\":\"\(HaleVersion.current)\"}\n"
            }
        }
    }

    func run(in session: Session) throws -> ExitCode {
        try session.console.print(text)
        return .success
    }
}
