internal import Control
internal import Platform
internal import Stack

/// `hale wait`.
struct WaitCommand: Command {
    private static let downProject = Option.flag("down-project", help: "then take the stack down, as 'hale down' does")

    static let manual = Manual(
        verb: "wait", operands: "SERVICE…", operandCount: 1...Int.max,
        summary: "Wait until services have ended, and say how",
        details: """
            Waits until every instance of the services has ended for good (completed, failed or stopped), prints a line for
            each and ends with the exit code of the one that ended last. What is restarted has not ended.
            """,
        options: [downProject],
        examples: [
            .init(line: "hale wait migrate", meaning: "until the migration is done, with its exit code"),
            .init(line: "hale wait --down-project tests", meaning: "for a pipeline: nothing is left running"),
        ], exitCodes: [.backend, .interrupted])

    private let services: [String]
    private let takesDown: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        services = arguments.operands
        takesDown = arguments.isOn(Self.downProject)
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        let names = try ServiceChoice.names(services, among: Array(try connection.status().services.keys))
        var interrupts = Interrupts()
        var printed: Set<String> = []
        var answered = Instant.now()
        var code: Int32 = 0
        while true {
            do throws(ControlClientError) {
                let endings = Endings(try connection.status(), services: names)
                answered = Instant.now()
                do {
                    for ending in endings.all where printed.insert(ending.name).inserted {
                        try session.console.print("\(ending.name) exited with status code \(ending.code)\n")
                        code = ending.code
                    }
                    try session.console.flush()
                } catch {
                    return .brokenPipe
                }
                if endings.areComplete { break }
            } catch {
                if Instant.now() - answered > ProgressFollower.patience { throw error }
            }
            if interrupts.pause(.milliseconds(50)) { return .interrupted }
        }
        if takesDown, let failure = try takeDown(session) { return failure }
        throw CommandExit(code: code)
    }

    /// Nil once all is down.
    private func takeDown(_ session: Session) throws -> ExitCode? {
        let code = try DownCommand(ParsedArguments()).run(in: session)
        return code == .success ? nil : code
    }
}

/// Which instances of some services have ended for good, and how.
struct Endings {
    struct Ending: Equatable {
        var name: String
        var code: Int32
    }

    /// In the order in which they ended.
    let all: [Ending]
    /// Whether no other instance is left.
    let areComplete: Bool

    init(_ status: StackStatus, services: [String]) {
        let instances = services.flatMap { status.services[$0]?.instances ?? [] }
        let ended = instances.filter { instance in
            switch instance.state {
            case .completed, .failed, .stopped: true
            case .pending, .waiting, .starting, .running, .backoff, .stopping, .paused, .quarantined: false
            }
        }
        all = ended.sorted { ($0.since, $0.name) < ($1.since, $1.name) }.map {
            Ending(name: $0.name, code: Self.code($0))
        }
        areComplete = ended.count == instances.count
    }

    /// One that failed without ever having run has no exit code of its own.
    private static func code(_ instance: InstanceStatus) -> Int32 {
        instance.exitCode ?? (instance.state == .failed ? ExitCode.backend.rawValue : 0)
    }
}
