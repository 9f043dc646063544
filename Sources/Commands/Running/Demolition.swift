internal import Glibc
internal import Platform
internal import Runtimes
internal import Stack

/// The end of a stack whatever is left of its Hale: in order where a keeper can be asked, by force where none can.
struct Demolition {
    let connection: HaleConnection
    let session: Session
    let grace: Duration?
    let removesVolumes: Bool

    private var locations: Locations { connection.locations }

    enum Outcome {
        case nothing
        case done
        case interrupted
    }

    /// Leaves no process, socket nor cgroup of the project.
    func run() throws -> Outcome {
        let stack = connection.saved()?.stack
        // A keeper that was killed leaves services running; only a keeper can stop them in order.
        let mayRun = !namesInFolder(locations.children).isEmpty || stack?.containers != nil
        if connection.keeperPid == nil, mayRun {
            try? KeeperLauncher(connection: connection, environment: session.environment).ensureRunning()
        }
        var outcome = Outcome.nothing
        if connection.keeperPid != nil {
            outcome = .done
            // One that somebody stopped by a signal could end nothing.
            if let keeper = connection.keeperPid { kill(keeper, SIGCONT) }
            if try !askToEnd() { return .interrupted }
        }
        let left = Leftovers(locations: locations)
        let found = left.processes()
        guard !found.isEmpty else {
            cleanUp(left)
            return outcome
        }
        session.console.note("hale: ending what no keeper knew of: \(names(found))")
        // First, so that nobody brings the stack up again.
        connection.forget()
        let stubborn = left.end(stack: stack, grace: grace)
        cleanUp(left)
        guard stubborn.isEmpty else {
            throw CommandFailure(
                "these cannot be ended: \(stubborn.map { "\($0.instance) (pid \($0.pid))" }.joined(separator: ", "))")
        }
        return .done
    }

    /// Not where somebody brings the stack up again at the same time.
    private func cleanUp(_ left: Leftovers) {
        guard connection.keeperPid == nil else { return }
        HaleProcesses(locations: locations).end()
        left.removeFolders()
        NetworkNamespaces(locations).removeAll()
    }

    private func names(_ found: [Leftovers.Process]) -> String {
        Set(found.map(\.instance)).sorted().joined(separator: ", ")
    }

    /// False where a person interrupted it.
    private func askToEnd() throws -> Bool {
        var interrupts = Interrupts()
        let began = CalendarTime(nanoseconds: Calendar.now())
        let shutdown = Shutdown(connection: connection, console: session.console, began: began)
        do {
            // A keeper whose folder was removed makes it again within seconds.
            try waitUntilReachable(&interrupts)
            return try shutdown.run(grace: grace, removingVolumes: removesVolumes, &interrupts) == .done
        } catch {
            session.console.note("hale: \(error); ending everything without it")
            connection.forget()
            HaleProcesses(locations: locations).end()
            return true
        }
    }

    private func waitUntilReachable(_ interrupts: inout Interrupts) throws {
        let deadline = Instant.now() + ProgressFollower.patience
        while connection.keeperPid != nil, !fileExists(locations.apiSocket), Instant.now() < deadline {
            if interrupts.pause(.milliseconds(50)) { return }
        }
    }
}
