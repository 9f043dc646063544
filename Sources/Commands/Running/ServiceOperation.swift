internal import Control
internal import Platform
internal import Stack

/// Does one thing to several services of a running stack and waits until it shows.
struct ServiceOperation {
    enum Order {
        /// All at once; Hale itself sees to what must come first.
        case together
        /// Those that nobody needs first, each group only after the one before is done.
        case dependentsFirst
    }

    let action: ServiceAction
    var order = Order.together
    /// Whether it shows in an instance, which before was as given.
    let isDone: (_ before: InstanceStatus?, _ now: InstanceStatus) -> Bool

    func run(_ chosen: [String], in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        let before = try connection.status()
        let names = try ServiceChoice.names(chosen, among: Array(before.services.keys))
        let stack = connection.saved()?.stack ?? Stack(name: before.stack, directory: "/", services: [])
        let groups =
            switch order {
            case .together: [names]
            case .dependentsFirst: Array(ServiceOrder.layers(names, of: stack).reversed())
            }
        var interrupts = Interrupts()
        let began = CalendarTime(nanoseconds: Calendar.now())
        for group in groups {
            for name in group { try connection.perform(.service(name, action)) }
            let follower = ProgressFollower(
                connection: connection, console: session.console, services: group, began: began, heading: before.stack)
            let outcome = try follower.follow(&interrupts) { verdict(group, of: stack, before, $0) }
            if let code = conclude(outcome, session.console) { return code }
        }
        return .success
    }

    private func verdict(
        _ group: [String], of stack: Stack, _ before: StackStatus, _ now: StackStatus
    ) -> Settling.Verdict {
        var failed: [String] = []
        var waiting: [String] = []
        for name in group {
            for instance in now.services[name]?.instances ?? [] {
                let earlier = before.services[name]?.instances.first { $0.name == instance.name }
                if isDone(earlier, instance) { continue }
                if instance.isGivenUp, earlier?.since != instance.since {
                    failed.append(name)
                } else if instance.state == .waiting {
                    waiting.append(name)
                } else {
                    return .underway
                }
            }
        }
        if waiting.isEmpty { return failed.isEmpty ? .reached : .failed(failed) }
        let culprits = now.services.filter { $0.value.instances.contains { $0.isGivenUp } }.keys.sorted()
        return Blockage(stack: stack).areBlocked(waiting, by: culprits) ? .failed(culprits) : .underway
    }

    /// The exit code with which everything ends, if it does.
    private func conclude(_ outcome: ProgressFollower.Outcome, _ console: Console) -> ExitCode? {
        switch outcome {
        case .reached: return nil
        case .failed(let names, _):
            console.note("hale: failed: \(names.joined(separator: ", ")); 'hale status' says why")
            return .failure
        case .timedOut: return .timeout
        case .interrupted: return .interrupted
        }
    }
}

extension InstanceStatus {
    /// Whether Hale does nothing more for it soon.
    fileprivate var isGivenUp: Bool { state == .failed || state == .quarantined }
}
