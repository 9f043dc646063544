internal import Compose
internal import Control
internal import Platform
internal import Stack

/// `hale scale`.
struct ScaleCommand: Command {
    private static let noDependencies = Option.flag(
        "no-deps", help: "leave out what services that do not run yet depend on")

    static let manual = Manual(
        verb: "scale", operands: "SERVICE=NUMBER…", operandCount: 1...Int.max,
        summary: "Change how many instances services have",
        details: """
            As 'hale up --scale', but nothing else is changed: what runs is not restarted, even where the files differ
            meanwhile. The numbers hold for later reloads. Returns once all was started.
            """,
        options: [noDependencies],
        examples: [
            .init(line: "hale scale web=3 worker=2", meaning: "three instances of web, two of worker"),
            .init(line: "hale scale web=0", meaning: "none, while everything else goes on"),
        ], exitCodes: [.backend, .interrupted])

    private let scales: [String: Int]
    private let withoutDependencies: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        scales = try ParsedArguments.counts(arguments.operands, of: "what 'scale' takes")
        withoutDependencies = arguments.isOn(Self.noDependencies)
        if let wrong = scales.first(where: { $0.value > 10_000 }) {
            throw UsageError("a service has at most 10000 instances, not \(wrong.value)")
        }
    }

    func run(in session: Session) throws -> ExitCode {
        var connection = HaleConnection(try session.locations())
        var request: ApplyRequest
        let names = scales.keys.sorted()
        if let saved = connection.saved(), names.allSatisfy({ saved.stack.services[$0] != nil }) {
            request = saved
        } else {
            (request, connection) = try requestWithFiles(names, session)
        }
        for (name, number) in scales {
            request.stack.services[name]?.replicas = number
            request.source.scale[name] = number
        }
        let before = try connection.status()
        let began = CalendarTime(nanoseconds: Calendar.now())
        try connection.perform(.apply(request))
        try connection.revive(names.filter { scales[$0] != 0 }, asIn: before)
        let attendance = Attendance(
            connection: connection, session: session, stack: request.stack, services: names, began: began)
        return try attendance.detach(waitingForHealth: false, for: nil)
    }

    /// For services that do not run yet.
    private func requestWithFiles(_ names: [String], _ session: Session) throws -> (ApplyRequest, HaleConnection) {
        let project = try session.projectWithWarnings()
        let connection = HaleConnection(session.locations(of: project))
        let runtime =
            try connection.saved().map { try RuntimeChoice.present($0.stack, scale: scales, in: session) }
            ?? RuntimeChoice.choose(nil, for: project, scale: scales, in: session)
        let selected = try runtime.stack(of: project, services: names, withoutDependencies: withoutDependencies)
        try runtime.check(selected)
        let chosen = try runtime.prepare(selected)
        try KeeperLauncher(connection: connection, environment: session.environment).ensureRunning()
        return (StackAddition(chosen, of: project, to: connection.saved(), session).request, connection)
    }
}
