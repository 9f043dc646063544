internal import Control
internal import Platform
internal import Stack

/// Takes a stack and its Hale down.
struct Shutdown {
    enum Outcome: Equatable {
        /// Nothing of it runs any more.
        case done
        case interrupted
    }

    let connection: HaleConnection
    let console: Console
    let began: CalendarTime

    /// Stops everything in order and returns once Hale itself has ended.
    func run(grace: Duration?, removingVolumes: Bool, _ interrupts: inout Interrupts) throws -> Outcome {
        try run(.down(graceSeconds: grace?.seconds, volumes: removingVolumes), &interrupts)
    }

    /// Has Hale do what it ends after, and returns once it has ended.
    func run(_ command: ControlCommand, _ interrupts: inout Interrupts) throws -> Outcome {
        let display = ProgressDisplay(console: console)
        var asked: Int32?
        var lines: [ServiceProgress] = []
        var answered = Instant.now()
        var hasReplacedHealer = false
        while true {
            do throws(ControlClientError) {
                let status = try connection.status()
                answered = Instant.now()
                lines = progress(of: status)
                // A new healer knows nothing of what the one before was asked.
                if let healer = status.processes.healer, healer != asked {
                    try connection.ask(command)
                    asked = healer
                } else {
                    display.show(lines, heading: heading(lines))
                }
            } catch {
                // With nothing left to stop, Hale may end before its answer has left.
                if connection.keeperPid == nil {
                    let ended = lines.map(\.ended)
                    display.show(ended, heading: heading(ended))
                    return .done
                }
                if Instant.now() - answered > ProgressFollower.patience {
                    guard !hasReplacedHealer, replaceHealer() else { throw error }
                    hasReplacedHealer = true
                    answered = Instant.now()
                }
            }
            if interrupts.pause(.milliseconds(50)) { return .interrupted }
        }
    }

    private func replaceHealer() -> Bool {
        guard let keeper = connection.keeperPid,
            HungHealer.end(keeper: keeper, project: connection.locations.project)
        else { return false }
        console.note("hale: the healer does not answer; another one takes over")
        return true
    }

    private func progress(of status: StackStatus) -> [ServiceProgress] {
        let names = status.services.filter { !$0.value.instances.isEmpty }.keys.sorted()
        return ServiceProgress.lines(of: status, services: names, began: began)
    }

    private func heading(_ lines: [ServiceProgress]) -> String {
        "\(connection.locations.project): \(lines.count { $0 == $0.ended }) of \(lines.count) stopped"
    }
}

extension ServiceProgress {
    /// The same service once nothing of it runs any more.
    fileprivate var ended: ServiceProgress {
        text == "completed" || mark == .resting && text == "stopped"
            ? self : ServiceProgress(service: service, mark: .resting, text: "stopped")
    }
}
