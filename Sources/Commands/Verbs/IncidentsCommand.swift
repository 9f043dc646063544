internal import Control
internal import Platform
internal import Stack

/// `hale incidents` and `hale incidents show ID`.
struct IncidentsCommand: Command {
    private enum Subject {
        case list
        case one(Int64)
    }

    private static let json = Option.flag(
        "json", help: "a JSON object a line, as GET /v1/incidents of the API has them")
    private static let open = Option.flag("open", help: "only those that are not over")
    private static let count = Option.value("tail", "n", of: "COUNT", help: "at most that many (default 20), or all")

    static let manual = Manual(
        verb: "incidents", operands: "[show ID]", operandCount: 0...2,
        summary: "List incidents, or show one from its first sign to recovery",
        details: """
            An incident is one failure with its root, the service at fault, and its victims. The newest come first. Works
            while nothing runs, too.
            """,
        options: [json, open, count],
        examples: [
            .init(line: "hale incidents --open", meaning: "what is not well now"),
            .init(line: "hale incidents show 3", meaning: "the whole of incident 3, with the last lines of the log"),
        ], exitCodes: [.backend])

    private let subject: Subject
    private let isJSON: Bool
    private let onlyOpen: Bool
    private let count: Int

    init(_ arguments: ParsedArguments) throws(UsageError) {
        isJSON = arguments.isOn(Self.json)
        onlyOpen = arguments.isOn(Self.open)
        count = arguments.value(Self.count) == "all" ? Int.max : try arguments.count(Self.count) ?? 20
        switch (arguments.operands.first, arguments.operands.dropFirst().first) {
        case (nil, _): subject = .list
        case ("show", let text?):
            guard let id = Int64(text), id > 0 else {
                throw UsageError("'\(text)' is no incident; 'hale incidents' lists their numbers")
            }
            subject = .one(id)
        case ("show", nil):
            throw UsageError("'incidents show' needs the number of an incident, as 'hale incidents' lists it")
        case (let word?, _):
            throw UsageError(
                "'incidents' does not take '\(word)'", suggestion: Int64(word) == nil ? "show" : "show \(word)")
        }
    }

    func run(in session: Session) throws -> ExitCode {
        let console = session.console
        let source = JournalSource(HaleConnection(try session.locations()), console)
        let now = Calendar.now()
        switch subject {
        case .list:
            let incidents = try source.incidents(count, onlyOpen: onlyOpen)
            if isJSON {
                for incident in incidents { try console.print(IncidentJSON(incident).line()) }
            } else if incidents.isEmpty {
                console.note("hale: there are no \(onlyOpen ? "open " : "")incidents")
            } else {
                try console.print(IncidentTable.text(incidents, now: now, style: console.outputStyle))
            }
        case .one(let id):
            guard let incident = try source.incident(id) else {
                throw CommandFailure("there is no incident \(id); 'hale incidents' lists those there are")
            }
            try console.print(
                isJSON
                    ? IncidentJSON(incident).line()
                    : IncidentText.text(incident, now: now, style: console.outputStyle))
        }
        return .success
    }
}
