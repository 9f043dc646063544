internal import Control
internal import Stack

/// `hale maintenance`.
struct MaintenanceCommand: Command {
    private static let time = Option.value("for", of: "TIME", help: "how long, such as 30m (default) or 2h")
    private static let end = Option.flag("end", help: "end it now")

    static let manual = Manual(
        verb: "maintenance", operands: "SERVICE…", operandCount: 1...Int.max,
        summary: "Watch services but leave them alone for a while",
        details: "What fails in that time is shown but not restarted. It ends by itself.",
        options: [time, end],
        examples: [
            .init(line: "hale maintenance --for 30m postgres", meaning: "work on postgres by hand for half an hour"),
            .init(line: "hale maintenance --end postgres", meaning: "have Hale look after it again"),
        ], exitCodes: [.backend])

    private let services: [String]
    private let seconds: Double

    init(_ arguments: ParsedArguments) throws(UsageError) {
        services = arguments.operands
        let time = try arguments.duration(Self.time)
        if arguments.isOn(Self.end), time != nil { throw UsageError("--for and --end contradict each other") }
        seconds = arguments.isOn(Self.end) ? 0 : (time ?? .seconds(1800)).seconds
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        let known = try connection.status().services.keys
        for name in try ServiceChoice.names(services, among: Array(known)) {
            try connection.perform(.service(name, .maintenance(seconds: seconds)))
            let span = DurationText.format(.nanoseconds(Int64(min(seconds, 9e9) * 1e9)))
            try session.console.print(
                seconds > 0 ? "\(name) is in maintenance for \(span)\n" : "\(name) is looked after again\n")
        }
        return .success
    }
}
