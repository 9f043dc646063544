internal import Compose
internal import Control
internal import Platform
internal import Stack

/// `hale flags`.
struct FlagsCommand: Command {
    private enum Format: String, CaseIterable { case table, json }

    private enum Action {
        case list
        case set(String, to: String)
        case clear(String)
    }

    private static let format = Option.value(
        "format", of: "FORMAT", help: "table (default) or json: what GET /v1/flags of the API answers",
        choices: Format.self)
    private static let time = Option.value(
        "for", of: "TIME", help: "set: how long, such as 30m; until it is cleared if not given")

    static let manual = Manual(
        verb: "flags", operands: "[set FLAG VALUE | clear FLAG]", operandCount: 0...3,
        operandChoices: ["set", "clear"],
        summary: "List the flags that applications ask for, or set one by hand",
        details: """
            A flag has the value that x-hale.flags gives it for the state of the services, and why is listed with it.
            What is set by hand comes before that until it is cleared or its time is over. VALUE is of the flag's type:
            true or false, a number, text as it is, or an object as JSON; a negative number comes after '--'.
            """,
        options: [format, time],
        examples: [
            .init(line: "hale flags", meaning: "every flag with its value and why"),
            .init(line: "hale flags set --for 30m summaries false", meaning: "no summaries for half an hour"),
            .init(line: "hale flags clear summaries", meaning: "have it go by its rules again"),
        ], exitCodes: [.backend])

    private let action: Action
    private let format: Format
    private let time: Duration?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let operands = arguments.operands
        time = try arguments.duration(Self.time)
        let format = try arguments.choice(Self.format, Format.self)
        self.format = format ?? .table
        action = try Self.action(operands)
        if format != nil, !operands.isEmpty { throw UsageError("--format goes with the list of flags alone") }
        guard let time else { return }
        guard operands.first == "set" else { throw UsageError("--for goes with 'flags set' alone") }
        if time == .zero { throw UsageError("--for is longer than no time; 'hale flags clear' ends it") }
    }

    private static func action(_ operands: [String]) throws(UsageError) -> Action {
        switch operands.first {
        case nil: return .list
        case "set":
            guard operands.count == 3 else { throw UsageError("'flags set' needs a FLAG and a VALUE") }
            return .set(operands[1], to: operands[2])
        case "clear":
            guard operands.count == 2 else { throw UsageError("'flags clear' needs one FLAG") }
            return .clear(operands[1])
        case let word?:
            throw UsageError(
                "'flags' takes set or clear, not '\(word)'", suggestion: nearest(word, in: ["set", "clear"]))
        }
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        switch action {
        case .list:
            switch format {
            case .json: try session.console.print(try connection.flagsText())
            case .table: try list(try connection.flags(), session.console)
            }
        case .set(let name, let text):
            let value = try Self.value(text, of: name, among: try connection.flags())
            try session.console.print(
                try connection.perform(.setFlag(name, value, seconds: time?.seconds)) + "\n")
        case .clear(let name):
            try session.console.print(try connection.perform(.clearFlag(name)) + "\n")
        }
        return .success
    }

    private func list(_ flags: [FlagStatus], _ console: Console) throws {
        guard !flags.isEmpty else { return console.note("hale: the stack has no flags; x-hale.flags is where they go") }
        let now = CalendarTime(nanoseconds: Calendar.now())
        var table = TextTable(header: ["NAME", "VALUE", "WHY", "SET BY HAND"])
        table.rows = flags.map { flag in
            [
                .init(flag.name), .init("\(flag.value)", flag.source == .standard ? .plain : .yellow), .init(flag.why),
                .init(Self.override(flag, now: now)),
            ]
        }
        try console.print(table.rendered(console.outputStyle))
    }

    private static func override(_ flag: FlagStatus, now: CalendarTime) -> String {
        guard let override = flag.override else { return "" }
        guard let until = override.until.flatMap({ CalendarTime($0) }) else { return "until cleared" }
        return "for " + TimeText.age(Double(until.nanoseconds - now.nanoseconds) / 1e9)
    }

    private static func value(
        _ text: String, of name: String, among flags: [FlagStatus]
    ) throws -> JSONValue {
        guard let flag = flags.first(where: { $0.name == name }) else {
            let hint = nearest(name, in: flags.map(\.name)).map { "did you mean '\($0)'?" } ?? "see 'hale flags'"
            throw CommandFailure("there is no flag '\(name)'; \(hint)")
        }
        guard let value = flag.type.value(of: text) else {
            let expected = flag.type == .object ? "a JSON object" : flag.type.expectation
            throw CommandFailure("the flag '\(name)' takes \(expected), not '\(text)'")
        }
        return value
    }
}
