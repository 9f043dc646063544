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
        let command = ControlCommand.down(graceSeconds: grace?.seconds, volumes: removingVolumes)
        try connection.perform(command)
        let display = ProgressDisplay(console: console)
        var healer: Int32?
        var answered = Instant.now()
        while true {
            if let status = try? connection.status() {
                answered = Instant.now()
                let pid = status.processes.healer
                // A new healer knows nothing of what the one before was asked.
                if let healer, let pid, pid != healer { try connection.perform(command) }
                healer = pid ?? healer
                show(status, on: display)
            } else if connection.keeperPid == nil {
                return .done
            } else if Instant.now() - answered > ProgressFollower.patience {
                throw CommandFailure("Hale no longer answers but its keeper still runs", .backend)
            }
            if interrupts.pause(.milliseconds(50)) { return .interrupted }
        }
    }

    private func show(_ status: StackStatus, on display: ProgressDisplay) {
        let names = status.services.filter { !$0.value.instances.isEmpty }.keys.sorted()
        let lines = ServiceProgress.lines(of: status, services: names, began: began)
        let stopped = lines.count { $0.mark == .resting || $0.text == "completed" }
        display.show(lines, heading: "\(status.stack): \(stopped) of \(lines.count) stopped")
    }
}
