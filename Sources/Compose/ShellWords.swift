/// Splits a command line into words as Compose does it: quotes and backslashes as in a shell, but no expansion.
public enum ShellWords {
    /// A command line that cannot be split.
    public struct Malformed: Error, CustomStringConvertible {
        /// What is wrong with it.
        public let description: String
    }

    /// The words of `text`. As in Compose, the first `;`, `&`, `|`, `<` or `>` outside of quotes ends the command.
    public static func split(_ text: String) throws(Malformed) -> [String] {
        var state = State()
        for character in text.unicodeScalars {
            guard try state.take(character) else { break }
        }
        return try state.finish()
    }
}

private struct State {
    private enum Quote {
        case none, single, double, backtick, substitution
    }

    private var words: [String] = []
    private var word = String.UnicodeScalarView()
    private var isInWord = false
    private var isEscaped = false
    private var quote = Quote.none

    /// Whether there may be more to take.
    mutating func take(_ character: Unicode.Scalar) throws(ShellWords.Malformed) -> Bool {
        if isEscaped {
            isEscaped = false
            append(character)
            return true
        }
        switch character {
        case "\\" where quote != .single:
            isEscaped = true
        case " ", "\t", "\r", "\n":
            if quote == .none { endWord() } else { word.append(character) }
        case "\"" where quote == .none || quote == .double:
            toggle(.double)
        case "'" where quote == .none || quote == .single:
            toggle(.single)
        case "`" where quote == .none || quote == .backtick:
            quote = quote == .none ? .backtick : .none
            append(character)
        case "(" where quote == .none || quote == .substitution:
            guard quote == .none, word.last == "$" else {
                throw ShellWords.Malformed(description: "unexpected '(' in the command line")
            }
            quote = .substitution
            word.append(character)
        case ")" where quote == .none || quote == .substitution:
            quote = quote == .none ? .substitution : .none
            append(character)
        case ";", "&", "|", "<", ">":
            if quote == .none {
                // A redirection's descriptor, as in 2>file, belongs to what is cut off.
                if character == ">", let first = word.first, ("0"..."9").contains(first) { isInWord = false }
                return false
            }
            append(character)
        default:
            append(character)
        }
        return true
    }

    mutating func finish() throws(ShellWords.Malformed) -> [String] {
        guard !isEscaped, quote == .none else {
            throw ShellWords.Malformed(description: "the command line has a quote that is not closed")
        }
        endWord()
        return words
    }

    private mutating func append(_ character: Unicode.Scalar) {
        word.append(character)
        isInWord = true
    }

    private mutating func toggle(_ kind: Quote) {
        if quote == kind {
            quote = .none
            isInWord = true
        } else {
            quote = kind
        }
    }

    private mutating func endWord() {
        if isInWord { words.append(String(word)) }
        word = String.UnicodeScalarView()
        isInWord = false
    }
}
