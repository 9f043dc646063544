internal import Compose

/// Splits words into flags and operands, as getopt_long(3) and Compose do: `--name value`, `--name=value`, `-n value`,
/// `-nvalue`, `-ab` for two flags, and `--` before operands that begin with a dash.
struct ArgumentParser {
    enum OperandRule {
        /// Flags and operands may come in any order.
        case mixed
        /// The first operand ends the parsing; what follows it is left alone.
        case stopAtFirst
    }

    /// Of two options with one name or letter the first counts.
    let options: [Option]
    let rule: OperandRule
    /// Flags that are answered with why they are not taken, before any option of the same name or letter.
    var refusals: [Refusal] = []

    /// The flags found, and the operands (with `stopAtFirst`: everything from the first operand on).
    func parse(_ words: some Sequence<String>) throws(UsageError) -> ParsedArguments {
        var rest = Array(words)[...]
        var parsed = ParsedArguments()
        while let word = rest.popFirst() {
            if word == "--" {
                parsed.operands += rest
                break
            }
            if word.hasPrefix("--") {
                try parseLong(word.dropFirst(2), &rest, &parsed)
            } else if word.hasPrefix("-"), word != "-" {
                try parseShort(word.dropFirst(), &rest, &parsed)
            } else {
                parsed.operands.append(word)
                guard case .mixed = rule else {
                    parsed.operands += rest
                    break
                }
            }
        }
        return parsed
    }

    private func parseLong(
        _ word: Substring, _ rest: inout ArraySlice<String>, _ parsed: inout ParsedArguments
    ) throws(UsageError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        let attached = parts.count == 2 ? String(parts[1]) : nil
        if let refusal = refusals.first(where: { $0.name == name }) {
            throw UsageError("--\(name) is not taken: \(refusal.reason)")
        }
        guard let option = options.first(where: { $0.name == name }) else {
            throw UsageError(
                "unknown flag '--\(name)'", suggestion: nearest(name, in: options.map(\.name)).map { "--" + $0 })
        }
        guard option.kind == .flag else {
            let value = if let attached { attached } else { try next(&rest, for: option, as: "--\(name)") }
            return parsed.add(value, to: option)
        }
        switch attached {
        case nil, "true": parsed.add("true", to: option)
        case "false": parsed.add("false", to: option)
        case let other?: throw UsageError("--\(name) is on or off, not '\(other)'")
        }
    }

    private func parseShort(
        _ word: Substring, _ rest: inout ArraySlice<String>, _ parsed: inout ParsedArguments
    ) throws(UsageError) {
        var letters = word
        while let letter = letters.popFirst() {
            if let refusal = refusals.first(where: { $0.letter == letter }) {
                throw UsageError("-\(letter) is not taken: \(refusal.reason)")
            }
            guard let option = options.first(where: { $0.letter == letter }) else {
                throw UsageError("unknown flag '-\(letter)'", suggestion: longForm(of: word))
            }
            if option.kind == .flag {
                parsed.add("true", to: option)
            } else {
                let attached = letters.first == "=" ? letters.dropFirst() : letters
                let value = attached.isEmpty ? try next(&rest, for: option, as: "-\(letter)") : String(attached)
                return parsed.add(value, to: option)
            }
        }
    }

    private func next(
        _ rest: inout ArraySlice<String>, for option: Option, as spelling: String
    ) throws(UsageError) -> String {
        guard let value = rest.popFirst() else {
            throw UsageError("\(spelling) needs a value: \(option.placeholder ?? "")")
        }
        return value
    }

    /// `-wait` was probably meant to be `--wait`.
    private func longForm(of word: Substring) -> String? {
        guard word.count > 1 else { return nil }
        let name = String(word.prefix { $0 != "=" })
        let known = options.map(\.name)
        return (known.contains(name) ? name : nearest(name, in: known)).map { "--" + $0 }
    }
}
