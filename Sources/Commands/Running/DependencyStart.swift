internal import Compose
internal import Control
internal import Platform
internal import Stack

/// Has what a task depends on running, and waits until its conditions hold.
struct DependencyStart {
    let service: Service
    let project: ComposeProject
    let session: Session
    let connection: HaleConnection

    /// Nil once the conditions hold; otherwise the exit code with which all ends.
    func run() throws -> ExitCode? {
        let dependencies = try required()
        guard !dependencies.isEmpty else { return nil }
        let chosen = try project.stack(services: dependencies.map(\.service))
        try Runnable.check(chosen)
        try KeeperLauncher(connection: connection, environment: session.environment).ensureRunning()
        let conditions = Conditions(dependencies: dependencies, stack: chosen)
        let began = CalendarTime(nanoseconds: Calendar.now())
        let before = try connection.status()
        let addition = StackAddition(chosen, of: project, to: connection.saved(), session)
        if !addition.added.isEmpty { try connection.perform(.apply(addition.request)) }
        try connection.revive(Array(chosen.services.keys), asIn: before)
        if addition.added.isEmpty, conditions.verdict(of: try connection.status()) == .reached { return nil }
        return try wait(for: conditions, of: chosen, since: began)
    }

    /// What it needs and the project has.
    private func required() throws -> [Dependency] {
        let known = Set(project.serviceNames)
        let missing = service.dependencies.filter { $0.required && !known.contains($0.service) }.map(\.service)
        guard missing.isEmpty else {
            throw CommandFailure("'\(service.name)' depends on \(missing.joined(separator: ", ")), which is not there")
        }
        return service.dependencies.filter { known.contains($0.service) }
    }

    private func wait(for conditions: Conditions, of chosen: Stack, since began: CalendarTime) throws -> ExitCode? {
        var interrupts = Interrupts()
        let follower = ProgressFollower(
            connection: connection, console: session.console, services: chosen.services.keys.sorted(),
            began: began, heading: "\(service.name) waits")
        switch try follower.follow(&interrupts, until: conditions.verdict) {
        case .reached: return nil
        case .failed(let names, _):
            session.console.note(
                "hale: not run, as \(names.joined(separator: ", ")) failed; 'hale status' says why")
            return .failure
        case .timedOut: return .timeout
        case .interrupted:
            session.console.note("hale: interrupted; what '\(service.name)' depends on goes on starting")
            return .interrupted
        }
    }
}

/// Judges whether the conditions of dependencies hold.
struct Conditions {
    let dependencies: [Dependency]
    /// The services that they name, with what those need.
    let stack: Stack

    func verdict(of status: StackStatus) -> Settling.Verdict {
        let open = dependencies.filter { !isMet($0, status) }.map(\.service)
        guard !open.isEmpty else { return .reached }
        let culprits = stack.services.keys.filter { isGivenUp($0, status) }.sorted()
        let own = open.filter(culprits.contains)
        if !own.isEmpty { return .failed(own) }
        return Blockage(stack: stack).areBlocked(open, by: culprits) ? .failed(culprits) : .underway
    }

    private func isMet(_ dependency: Dependency, _ status: StackStatus) -> Bool {
        if stack.services[dependency.service]?.replicas == 0 { return true }
        guard let instances = status.services[dependency.service]?.instances, !instances.isEmpty else { return false }
        return switch dependency.condition {
        case .started: instances.allSatisfy { $0.pid != nil || $0.state == .completed }
        case .healthy: instances.allSatisfy { $0.state == .running && $0.isWell }
        case .completedSuccessfully: instances.allSatisfy { $0.state == .completed }
        }
    }

    private func isGivenUp(_ name: String, _ status: StackStatus) -> Bool {
        status.services[name]?.instances.contains { $0.state == .failed || $0.state == .quarantined } == true
    }
}
