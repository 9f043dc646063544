internal import Control
internal import Stack

/// `hale pause`.
struct PauseCommand: Command {
    private static let time = Option.value(
        "for", of: "TIME", help: "pause Hale itself instead, such as 30m: it watches and does nothing by itself")

    static let manual = Manual(
        verb: "pause", operands: "[SERVICE…]", operandCount: Manual.services,
        summary: "Freeze the processes of services, or have Hale watch only",
        details: """
            Paused is not failed: nothing is restarted for it.

            With --for and no service, no process is frozen; Hale as a whole goes on probing and writing down what
            happens but restarts nothing, until that time is over or 'hale unpause' ends it. What you ask for meanwhile
            is done. Whatever was found bad is then asked anew before anything is done.
            """,
        options: [time],
        examples: [
            .init(line: "hale pause worker", meaning: "freeze worker until 'hale unpause worker'"),
            .init(line: "hale pause --for 30m", meaning: "half an hour in which Hale touches nothing"),
        ],
        exitCodes: [.backend, .interrupted])

    private let services: [String]
    private let time: Duration?

    init(_ arguments: ParsedArguments) throws(UsageError) {
        services = arguments.operands
        time = try arguments.duration(Self.time)
        guard let time else { return }
        if let name = services.first {
            throw UsageError("--for pauses Hale itself, not '\(name)'; 'hale maintenance --for' leaves a service alone")
        }
        if time == .zero { throw UsageError("--for is longer than no time; 'hale unpause' ends a pause") }
    }

    func run(in session: Session) throws -> ExitCode {
        if let time {
            let connection = HaleConnection(try session.locations())
            try connection.perform(.pauseHealing(seconds: time.seconds))
            try session.console.print(
                "Hale is paused for \(DurationText.format(time)): it watches and acts on nothing\n")
            return .success
        }
        return try ServiceOperation(action: .pause) { _, now in
            switch now.state {
            case .paused, .pending, .waiting, .stopped, .completed, .failed, .quarantined, .backoff: true
            case .starting, .running, .stopping: false
            }
        }.run(services, in: session)
    }
}
