/// Makes help texts of manuals.
enum HelpText {
    /// What `hale --help` prints.
    static func overview(_ manuals: [Manual]) -> String {
        let shown = manuals.filter { !$0.isHidden }
        let width = shown.map(\.verb.count).max() ?? 0
        let verbs = shown.map { "  \(padded($0.verb, width))   \($0.summary)" }
        return """
            Usage: hale [GLOBAL OPTIONS] VERB [OPTIONS] [SERVICE…]

            Keeps a Compose stack healthy, without a container engine.

            Verbs:
            \(verbs.joined(separator: "\n"))

            Global options, before or after the verb:
            \(lines(GlobalOptions.options + [GlobalOptions.version]))

            Examples:
              hale up --wait                 bring the stack of ./compose.yaml up and wait until all of it is healthy
              hale -f a.yaml -f b.yaml ps    what runs of the project that both files describe
              hale logs -f redis             follow what redis writes

            Exit codes:
            \(exitCodes(ExitCode.allCases))

            'hale VERB --help' says more of a verb.

            """
    }

    /// What `hale VERB --help` prints.
    static func text(_ manual: Manual) -> String {
        let operands = manual.operands.isEmpty ? "" : " " + manual.operands
        var parts = ["Usage: hale \(manual.verb) [OPTIONS]\(operands)", manual.summary + "."]
        if !manual.details.isEmpty { parts.append(manual.details) }
        if !manual.options.isEmpty { parts.append("Options:\n" + lines(manual.options)) }
        let shadowed = Set(manual.options.compactMap(\.letter))
        parts.append("Global options:\n" + lines(GlobalOptions.options, without: shadowed))
        if !manual.examples.isEmpty { parts.append("Examples:\n" + examples(manual.examples)) }
        parts.append("Exit codes:\n" + exitCodes([.success, .failure, .usage] + manual.exitCodes))
        return parts.joined(separator: "\n\n") + "\n"
    }

    /// A line for each option.
    static func lines(_ options: [Option], without shadowed: Set<Character> = []) -> String {
        let spelled = options.map { spelling($0, without: shadowed) }
        let width = spelled.map(\.count).max() ?? 0
        return zip(spelled, options).map { "  \(padded($0, width))   \($1.help)" }.joined(separator: "\n")
    }

    private static func spelling(_ option: Option, without shadowed: Set<Character>) -> String {
        let letter = option.letter.flatMap { shadowed.contains($0) ? nil : $0 }
        let short = letter.map { "-\($0), " } ?? "    "
        return short + "--\(option.name)" + (option.placeholder.map { " " + $0 } ?? "")
    }

    private static func examples(_ examples: [Manual.Example]) -> String {
        let width = examples.map(\.line.count).max() ?? 0
        return examples.map { "  \(padded($0.line, width))   \($0.meaning)" }.joined(separator: "\n")
    }

    private static func exitCodes(_ codes: [ExitCode]) -> String {
        codes.map { "  \(padded("\($0.rawValue)", 3))   \($0.meaning)" }.joined(separator: "\n")
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
