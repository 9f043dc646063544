internal import Compose

/// `hale __complete`: what the completion scripts ask.
struct CandidatesCommand: Command {
    static let manual = Manual(
        verb: "__complete", operands: "-- WORD…", operandCount: 0...Int.max,
        summary: "Say what the last word of a command line may become",
        details: """
            A candidate a line, with its help after a tab; ':files' or ':folders' alone stands for the names of files or
            folders. What 'hale completion' prints calls this.
            """,
        endsWithCommand: true,
        examples: [.init(line: "hale __complete -- up --sc", meaning: "prints --scale")], isHidden: true)

    private let words: [String]

    init(_ arguments: ParsedArguments) throws(UsageError) {
        words = arguments.operands
    }

    func run(in session: Session) throws -> ExitCode {
        let completer = Completer(
            services: { Self.services(words.dropLast(), session) }, flags: { Self.flags(words.dropLast(), session) })
        switch completer.answer(words) {
        case .files: try session.console.print(":files\n")
        case .folders: try session.console.print(":folders\n")
        case .words(let candidates):
            for candidate in candidates { try session.console.print("\(candidate.word)\t\(candidate.help)\n") }
        }
        return .success
    }

    /// Of what runs.
    private static func flags(_ words: ArraySlice<String>, _ session: Session) -> [String] {
        let locations = try? silent(words, session).locations()
        return locations.flatMap { HaleConnection($0).saved() }?.stack.flags.map(\.name) ?? []
    }

    private static func silent(_ words: ArraySlice<String>, _ session: Session) -> Session {
        Session(
            globals: globals(words) ?? session.globals, environment: session.environment,
            currentDirectory: session.currentDirectory, console: Console(output: { _ in }, errors: { _ in }))
    }

    /// Of what runs and of what the files have; none where nothing can be known, as nobody would read why.
    private static func services(_ words: ArraySlice<String>, _ session: Session) -> [String] {
        let session = silent(words, session)
        let running = (try? session.locations()).flatMap { HaleConnection($0).saved()?.stack.services.keys }
        let project = try? session.project()
        let described = project.map { $0.serviceNames + $0.disabledServices.keys } ?? []
        return Set(Array(running ?? [:].keys) + described).sorted()
    }

    /// The global flags on the line; nil where it makes no sense so far.
    private static func globals(_ words: ArraySlice<String>) -> GlobalOptions? {
        let leading = ArgumentParser(options: GlobalOptions.options + [GlobalOptions.version], rule: .stopAtFirst)
        guard var arguments = try? leading.parse(words) else { return nil }
        if let verb = arguments.operands.first, let manual = Verbs.manual(verb) {
            let own = ArgumentParser(
                options: manual.options + GlobalOptions.options, rule: manual.endsWithCommand ? .stopAtFirst : .mixed)
            if let trailing = try? own.parse(arguments.operands.dropFirst()) { arguments.merge(flagsOf: trailing) }
        }
        return try? GlobalOptions(arguments)
    }
}
