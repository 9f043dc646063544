internal import Stack

/// Says what may come next on a command line; made of the same manuals as parser and help, so that it cannot drift.
struct Completer {
    struct Candidate: Equatable {
        var word: String
        var help = ""
    }

    enum Answer: Equatable {
        case words([Candidate])
        case files
        case folders
    }

    /// The names of the project's services; called where they are wanted.
    let services: () -> [String]
    /// The names of its flags.
    var flags: () -> [String] = { [] }

    /// What the last of `words` (without the program's name) may become.
    func answer(_ words: [String]) -> Answer {
        var position = Position()
        for word in words.dropLast() { position.take(word) }
        return answer(words.last ?? "", at: position)
    }

    private func answer(_ word: String, at position: Position) -> Answer {
        if let option = position.open { return value(of: option, word, before: "") }
        if position.mayBeFlag, word.hasPrefix("-") {
            guard let equals = word.firstIndex(of: "="), word.hasPrefix("--") else {
                return .words(flags(position).filter { $0.word.hasPrefix(word) })
            }
            let name = word[..<equals].dropFirst(2)
            guard let option = position.options.first(where: { $0.name == name }) else { return .words([]) }
            return value(of: option, String(word[word.index(after: equals)...]), before: "--\(name)=")
        }
        guard let manual = position.manual else { return position.hasVerb ? .words([]) : verbs(word) }
        return operand(word, of: manual, after: position.operands)
    }

    private func verbs(_ word: String) -> Answer {
        let all = Verbs.manuals.filter { !$0.isHidden }.map { Candidate(word: $0.verb, help: $0.summary) }
        return .words(
            (all + [Candidate(word: "help", help: "Show what a verb does")]).filter { $0.word.hasPrefix(word) })
    }

    private func flags(_ position: Position) -> [Candidate] {
        var seen: Set<String> = []
        return position.options.filter { seen.insert($0.name).inserted }
            .map { Candidate(word: "--" + $0.name, help: $0.help) }
    }

    private func value(of option: Option, _ word: String, before: String) -> Answer {
        switch option.placeholder {
        case _ where !option.choices.isEmpty: return words(option.choices, word, before: before)
        case "SERVICE=NUMBER": return words(services().map { $0 + "=" }, word, before: before)
        case "SERVICES": return words(services(), word, before: before)
        case "SIGNAL": return words(SignalNames.all, word, before: before)
        case "PATH": return ["project-directory", "workdir"].contains(option.name) ? .folders : .files
        default: return .words([])
        }
    }

    private func operand(_ word: String, of manual: Manual, after operands: [String]) -> Answer {
        if manual.verb == "help" { return verbs(word) }
        if manual.operands.contains("FLAG"), operands.count == 1 { return words(flags(), word) }
        if !manual.operandChoices.isEmpty, operands.isEmpty { return words(manual.operandChoices, word) }
        guard manual.operands.contains("SERVICE") else { return .words([]) }
        if manual.operands.contains("SERVICE=NUMBER") { return words(services().map { $0 + "=" }, word) }
        let isRepeated = manual.operands.contains("SERVICE…")
        guard operands.isEmpty || isRepeated else { return manual.endsWithCommand ? .files : .words([]) }
        return words(services().filter { !operands.contains($0) }, word)
    }

    private func words(_ all: [String], _ word: String, before: String = "") -> Answer {
        .words(all.filter { $0.hasPrefix(word) }.map { Candidate(word: before + $0) })
    }
}

extension Completer {
    /// How far a command line has come.
    fileprivate struct Position {
        /// Nil where there is no verb yet, or none that is known.
        var manual: Manual?
        var hasVerb = false
        var operands: [String] = []
        /// A flag that waits for its value.
        var open: Option?
        var mayBeFlag = true

        var options: [Option] {
            guard let manual else { return GlobalOptions.options + [GlobalOptions.version] }
            return manual.options + GlobalOptions.options
        }

        mutating func take(_ word: String) {
            if open != nil {
                open = nil
            } else if mayBeFlag, word == "--" {
                mayBeFlag = false
            } else if mayBeFlag, word.hasPrefix("--") {
                guard !word.contains("=") else { return }
                open = options.first { $0.name == word.dropFirst(2) && $0.kind != .flag }
            } else if mayBeFlag, word.hasPrefix("-"), word != "-" {
                takeLetters(word.dropFirst())
            } else if !hasVerb {
                hasVerb = true
                manual = word == "help" ? Manual(verb: "help", summary: "") : Verbs.manual(word)
            } else {
                operands.append(word)
                if manual?.endsWithCommand == true { mayBeFlag = false }
            }
        }

        /// The value of one of the letters follows in the next word where it is the last.
        private mutating func takeLetters(_ letters: Substring) {
            for (place, letter) in letters.enumerated() {
                guard let option = options.first(where: { $0.letter == letter }) else { return }
                guard option.kind == .flag else {
                    open = place + 1 == letters.count ? option : nil
                    return
                }
            }
        }
    }
}
