/// One verb of the command line.
protocol Command: Sendable {
    /// What it takes and what it is for.
    static var manual: Manual { get }

    /// Reads its flags and operands; the number of operands is within what the manual says.
    init(_ arguments: ParsedArguments) throws(UsageError)

    /// Does it. What is thrown is printed on standard error and decides the exit code.
    func run(in session: Session) throws -> ExitCode
}

/// What a verb takes and what it is for: the help text and the parser are made of it.
struct Manual: Sendable {
    struct Example: Sendable {
        let line: String
        let meaning: String
    }

    /// The verb.
    let verb: String
    /// `[SERVICE…]`; empty where there are none.
    var operands = ""
    /// How many operands there may be.
    var operandCount = 0...0
    /// The words that an operand may be, where they are few.
    var operandChoices: [String] = []
    /// One line, for the list of verbs.
    let summary: String
    /// More, for its own help text.
    var details = ""
    var options: [Option] = []
    /// Flags of Compose's that it cannot honour, each with the reason.
    var refusals: [Refusal] = []
    /// Whether the first operand ends the flags: what follows is a command with flags of its own.
    var endsWithCommand = false
    var examples: [Example] = []
    /// Further to 0, 1 and 2.
    var exitCodes: [ExitCode] = []
    /// Left out of the list of verbs: Hale calls it itself.
    var isHidden = false

    /// Any number of services.
    static let services = 0...Int.max
}

/// A flag that is known and not taken.
struct Refusal: Sendable {
    /// The long name without its dashes.
    let name: String
    /// The short form without its dash.
    var letter: Character?
    /// Why not and what to do instead; completes "--NAME is not taken: ".
    let reason: String
}

/// Ends Hale with the exit code of a command that it ran, which is none of its own.
struct CommandExit: Error, Equatable {
    let code: Int32
}

/// Why a command was not done, in a sentence, and what it ends with.
struct CommandFailure: Error, Equatable, CustomStringConvertible {
    var description: String
    var exitCode: ExitCode

    init(_ description: String, _ exitCode: ExitCode = .failure) {
        self.description = description
        self.exitCode = exitCode
    }
}
