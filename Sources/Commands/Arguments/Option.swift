/// One flag of the command line, such as `-t, --timeout SECONDS`.
struct Option: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// On where it is given; `--wait=false` switches it off.
        case flag
        /// Takes a value; the last one given counts.
        case value(String)
        /// Takes a value and may be given many times.
        case repeated(String)
    }

    /// The long name without its dashes.
    let name: String
    /// The short form without its dash.
    let letter: Character?
    let kind: Kind
    /// One line for the help text.
    let help: String
    /// The words that the value may be, where they are few.
    var choices: [String] = []

    static func flag(_ name: String, _ letter: Character? = nil, help: String) -> Option {
        Option(name: name, letter: letter, kind: .flag, help: help)
    }

    static func value(_ name: String, _ letter: Character? = nil, of placeholder: String, help: String) -> Option {
        Option(name: name, letter: letter, kind: .value(placeholder), help: help)
    }

    /// A value that is one of a few words.
    static func value<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ letter: Character? = nil, of placeholder: String, help: String, choices: Choice.Type
    ) -> Option where Choice.RawValue == String {
        let words = choices.allCases.map { $0.rawValue }
        return Option(name: name, letter: letter, kind: .value(placeholder), help: help, choices: words)
    }

    static func repeated(
        _ name: String, _ letter: Character? = nil, of placeholder: String, help: String
    ) -> Option {
        Option(name: name, letter: letter, kind: .repeated(placeholder), help: help)
    }

    var placeholder: String? {
        switch kind {
        case .flag: nil
        case .value(let placeholder), .repeated(let placeholder): placeholder
        }
    }
}
