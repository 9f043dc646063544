internal import Control
internal import Platform
internal import Stack

/// `hale ps`.
struct PsCommand: Command {
    private enum Format: String, CaseIterable { case table, json }

    private static let all = Option.flag("all", "a", help: "also what was stopped or has completed")
    private static let quiet = Option.flag("quiet", "q", help: "only process ids, one a line")
    private static let services = Option.flag("services", help: "only names of services, one a line")
    private static let format = Option.value(
        "format", of: "FORMAT", help: "table (default) or json: an object a line, with Compose's keys and PID",
        choices: Format.self)

    static let manual = Manual(
        verb: "ps", operands: "[SERVICE…]", operandCount: Manual.services, summary: "List the instances",
        details: """
            In JSON, State is in Compose's words (created, running, paused, restarting, exited) and Lifecycle in Hale's
            (pending, waiting, starting, running, backoff, stopping, stopped, paused, completed, failed, quarantined).
            """,
        options: [all, quiet, services, format],
        examples: [
            .init(line: "hale ps", meaning: "what runs, and what should but does not"),
            .init(line: "hale ps --format json redis", meaning: "redis for a script"),
        ], exitCodes: [.backend])

    private let chosen: [String]
    private let showsAll: Bool
    private let format: Format
    private let isQuiet: Bool
    private let onlyServices: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        chosen = arguments.operands
        showsAll = arguments.isOn(Self.all)
        isQuiet = arguments.isOn(Self.quiet)
        onlyServices = arguments.isOn(Self.services)
        format = try arguments.choice(Self.format, Format.self) ?? .table
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        guard var status = try connection.statusIfRunning() else {
            session.console.note("hale: \(connection.notRunningSentence)")
            return .success
        }
        let names = try ServiceChoice.names(chosen, among: Array(status.services.keys))
        if !showsAll { status = status.withoutResting() }
        let shown = names.filter { status.services[$0]?.instances.isEmpty == false }
        let console = session.console
        if onlyServices {
            for name in shown { try console.print(name + "\n") }
        } else if isQuiet {
            let instances = shown.flatMap { status.services[$0]?.instances ?? [] }
            for pid in instances.compactMap(\.pid) { try console.print("\(pid)\n") }
        } else {
            switch format {
            case .table:
                let now = CalendarTime(nanoseconds: Calendar.now())
                try console.print(
                    InstanceTable.text(status, services: shown, now: now, style: console.outputStyle))
            case .json:
                let stack = connection.saved()?.stack
                for line in try PsRecord.lines(status, services: shown, stack: stack) { try console.print(line + "\n") }
            }
        }
        return .success
    }
}

extension StackStatus {
    /// Without what is meant not to run: instances stopped by hand or completed.
    fileprivate func withoutResting() -> StackStatus {
        var copy = self
        for name in services.keys {
            copy.services[name]?.instances.removeAll { $0.state == .stopped || $0.state == .completed }
        }
        return copy
    }
}
