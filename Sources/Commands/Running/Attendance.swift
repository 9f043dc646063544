internal import Control
internal import Platform
internal import Stack

/// What `up` shows once the stack was handed over.
struct Attendance {
    let connection: HaleConnection
    let session: Session
    /// Everything that is to run.
    let stack: Stack
    /// What `up` was asked for.
    let services: [String]
    let began: CalendarTime

    private var console: Console { session.console }

    /// Waits until all was started, or is healthy, then prints the table.
    func detach(waitingForHealth: Bool, for patience: Duration?) throws -> ExitCode {
        var interrupts = Interrupts()
        let outcome = try follow(
            waitingForHealth ? .ready : .started, &interrupts, deadline: patience.map { Instant.now() + $0 })
        switch outcome {
        case .reached(let status):
            try summarize(status)
            return .success
        case .failed(let names, let status):
            try summarize(status)
            explain(names, status)
            return .failure
        case .timedOut(let names):
            try summarize(try connection.status())
            console.note(
                "hale: not healthy within \(DurationText.format(patience ?? .zero)): \(names.joined(separator: ", ")); "
                    + "Hale goes on trying")
            return .timeout
        case .interrupted:
            console.note("hale: interrupted; the stack goes on starting, 'hale down' stops it")
            return .interrupted
        }
    }

    /// Shows the logs until Ctrl-C, which stops the stack, or until nothing runs any more.
    func attach(grace: Duration?, _ supervision: Supervision) throws -> ExitCode {
        var interrupts = Interrupts(reloads: supervision.reloadsOnHangup)
        var supervision = supervision
        switch try follow(.started, &interrupts, deadline: nil) {
        case .reached(let status): try summarize(status)
        case .failed(let names, let status):
            try summarize(status)
            explain(names, status)
        case .interrupted, .timedOut: return try stop(grace, &interrupts)
        }
        let containers = try containerLogs()
        containers?.follow()
        defer { containers?.end() }
        var logs = LogFollower(
            folder: LogFolder(path: containers?.folder ?? connection.locations.logs), services: Set(services),
            since: began, tail: nil,
            format: LogFormat(hasPrefix: true, hasTimestamps: false, style: console.outputStyle))
        var rounds = 0
        while !interrupts.pause(.milliseconds(100)) {
            rounds += 1
            try supervision.look(interrupts)
            let isOver = rounds % 10 == 0 && isOver
            try logs.printNew(to: console)
            if isOver { return .success }
        }
        supervision.stopping()
        return try stop(grace, &interrupts)
    }

    private func containerLogs() throws -> ContainerLogFiles? {
        guard stack.containers != nil else { return nil }
        return try ContainerLogFiles(
            of: stack, services: Set(services), since: began, tail: nil, in: session, connection.locations)
    }

    private func follow(
        _ goal: Settling.Goal, _ interrupts: inout Interrupts, deadline: Instant?
    ) throws -> ProgressFollower.Outcome {
        let settling = Settling(goal: goal, stack: stack, services: services)
        let follower = ProgressFollower(
            connection: connection, console: console, services: services, began: began, heading: stack.name,
            deadline: deadline)
        var steadiness = Steadiness(services: services)
        return try follower.follow(&interrupts) { status in
            let verdict = settling.verdict(of: status)
            switch goal {
            case .started: return verdict
            case .ready: return steadiness.confirm(verdict, of: status, at: .now())
            }
        }
    }

    /// Whether none of the services runs, or is to run, any more.
    private var isOver: Bool {
        guard let status = try? connection.status() else {
            // What was applied is forgotten only where somebody took the stack down.
            return connection.keeperPid == nil && connection.saved() == nil
        }
        return services.allSatisfy { name in
            (status.services[name]?.instances ?? []).allSatisfy {
                switch $0.state {
                case .completed, .failed, .stopped: true
                case .pending, .waiting, .starting, .running, .backoff, .stopping, .paused, .quarantined: false
                }
            }
        }
    }

    private func stop(_ grace: Duration?, _ interrupts: inout Interrupts) throws -> ExitCode {
        console.note("\nhale: stopping the stack in order; Ctrl-C again stops it at once")
        let shutdown = Shutdown(connection: connection, console: console, began: began)
        if case .interrupted = try shutdown.run(grace: grace, removingVolumes: false, &interrupts) {
            _ = try shutdown.run(grace: .zero, removingVolumes: false, &interrupts)
        }
        return .interrupted
    }

    private func summarize(_ status: StackStatus) throws {
        let now = CalendarTime(nanoseconds: Calendar.now())
        let names = status.services.keys.sorted()
        try console.print(InstanceTable.text(status, services: names, now: now, style: console.outputStyle))
        if let address = status.statusAddress { try console.print("Dashboard: http://\(address)/\n") }
        let address = status.statusAddress.map { "http://\($0)/status" } ?? "unix:\(connection.locations.apiSocket)"
        try console.print("Status API: \(address)\n")
        try console.flush()
        if let pause = status.pause {
            console.note(
                "hale: Hale is paused until \(pause.until): what fails is not repaired; 'hale unpause' ends it")
        }
        for notice in status.notices + RootNotice.sentences(for: stack, notices: status.notices) {
            console.note(notice)
        }
    }

    private func explain(_ names: [String], _ status: StackStatus) {
        let folder = LogFolder(path: connection.locations.logs)
        for name in names {
            guard let service = status.services[name] else { continue }
            for instance in service.instances where [.failed, .quarantined].contains(instance.state) {
                let reason = instance.lastError ?? "no reason is known"
                console.note("hale: \(instance.name) is \(instance.state.rawValue): \(reason)")
                for line in folder.tail(of: instance.name, 10) { console.note("    \(instance.name) | \(line)") }
            }
        }
    }
}
