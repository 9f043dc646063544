internal import Control
internal import Platform
internal import Stack

/// Shows how a stack comes along until it is where it should be.
struct ProgressFollower {
    enum Outcome: Equatable {
        case reached(StackStatus)
        /// Those services ended up failed.
        case failed([String], StackStatus)
        case timedOut([String])
        case interrupted
    }

    /// How long Hale may be silent, as while its healer is replaced.
    static let patience = Duration.seconds(15)
    private static let interval = Duration.milliseconds(50)

    let connection: HaleConnection
    let console: Console
    /// The services to show, in order.
    let services: [String]
    /// When the command began.
    let began: CalendarTime
    /// What the heading says before the numbers.
    let heading: String
    /// When to give up; nil is never.
    var deadline: Instant?

    /// Polls the status until `verdict` says that it is over.
    func follow(
        _ interrupts: inout Interrupts, until verdict: (StackStatus) -> Settling.Verdict
    ) throws -> Outcome {
        let display = ProgressDisplay(console: console)
        let start = Instant.now()
        var answered = start
        var lines: [ServiceProgress] = []
        while true {
            do {
                let status = try connection.status()
                answered = Instant.now()
                lines = ServiceProgress.lines(of: status, services: services, began: began)
                display.show(lines, heading: text(lines, answered - start))
                switch verdict(status) {
                case .underway: break
                case .reached: return .reached(status)
                case .failed(let names): return .failed(names, status)
                }
            } catch {
                if connection.keeperPid == nil, connection.saved() == nil {
                    throw CommandFailure("the stack was taken down meanwhile")
                }
                if Instant.now() - answered > Self.patience { throw error }
            }
            if let deadline, Instant.now() >= deadline {
                return .timedOut(lines.filter { $0.mark != .well && $0.mark != .resting }.map(\.service))
            }
            if interrupts.pause(Self.interval) { return .interrupted }
        }
    }

    private func text(_ lines: [ServiceProgress], _ elapsed: Duration) -> String {
        let done = lines.count { $0.mark == .well || $0.mark == .resting }
        return "\(heading): \(done) of \(lines.count), \(TimeText.took(elapsed.seconds))"
    }
}
