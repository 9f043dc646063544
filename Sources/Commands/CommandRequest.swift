/// What a command line asks for.
struct CommandRequest {
    enum Action {
        /// Print that text.
        case show(String)
        /// Be one of Hale's own processes.
        case role(RoleVerb)
        /// Do that.
        case command(any Command)
    }

    let globals: GlobalOptions
    /// Empty where none is given.
    let verb: String
    let action: Action

    init(_ words: [String]) throws(UsageError) {
        let leading = try ArgumentParser(
            options: GlobalOptions.options + [GlobalOptions.version], rule: .stopAtFirst
        ).parse(words)
        verb = leading.operands.first ?? ""
        guard !verb.isEmpty, verb != "help" else {
            globals = try GlobalOptions(leading)
            action = .show(try Self.textWithoutVerb(leading))
            return
        }
        guard let manual = Verbs.manual(verb) else { throw Verbs.unknown(verb) }
        let arguments = try Self.parse(leading, for: manual)
        globals = try GlobalOptions(arguments)
        if arguments.isOn(GlobalOptions.help) {
            action = .show(HelpText.text(manual))
        } else if let role = RoleVerb(rawValue: verb) {
            action = .role(role)
        } else if let command = Verbs.commands.first(where: { $0.manual.verb == manual.verb }) {
            try Self.checkOperands(arguments.operands, manual)
            action = .command(try command.init(arguments))
        } else {
            throw Verbs.unknown(verb)
        }
    }

    /// The verb that `words` most likely ask for, also where they make no sense otherwise.
    static func verb(in words: [String]) -> String? {
        let parser = ArgumentParser(options: GlobalOptions.options + [GlobalOptions.version], rule: .stopAtFirst)
        return (try? parser.parse(words))?.operands.first.flatMap { Verbs.manual($0)?.verb }
    }

    private static func textWithoutVerb(_ leading: ParsedArguments) throws(UsageError) -> String {
        if let topic = leading.operands.dropFirst().first {
            guard let manual = Verbs.manual(topic) else { throw Verbs.unknown(topic) }
            return HelpText.text(manual)
        }
        if leading.isOn(GlobalOptions.version) { return VersionCommand.sentence }
        if leading.isOn(GlobalOptions.help) || leading.operands.first == "help" {
            return HelpText.overview(Verbs.manuals)
        }
        throw UsageError("a verb is missing, such as 'up'")
    }

    /// The flags before and after the verb as one; a verb's own flag hides a global one of the same name or letter.
    private static func parse(_ leading: ParsedArguments, for manual: Manual) throws(UsageError) -> ParsedArguments {
        var arguments = leading
        let trailing = try ArgumentParser(
            options: manual.options + GlobalOptions.options, rule: manual.endsWithCommand ? .stopAtFirst : .mixed,
            refusals: manual.refusals
        ).parse(leading.operands.dropFirst())
        arguments.merge(flagsOf: trailing)
        arguments.operands = trailing.operands
        return arguments
    }

    private static func checkOperands(_ operands: [String], _ manual: Manual) throws(UsageError) {
        if operands.count > manual.operandCount.upperBound, let extra = operands.last {
            throw UsageError("'\(manual.verb)' does not take '\(extra)'")
        }
        if operands.count < manual.operandCount.lowerBound {
            throw UsageError("'\(manual.verb)' needs \(manual.operands)")
        }
    }
}
