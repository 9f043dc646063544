internal import Control
internal import Platform
internal import Stack

/// What `up` does in the foreground while the stack runs: it starts Hale again should all of it have been killed, tells
/// a service manager how the stack is, gives signs of life while Hale does, and reads the files again on SIGHUP.
struct Supervision {
    /// At most this long between two looks.
    private static let interval = Duration.seconds(1)

    /// nil where none started this process.
    let manager: ServiceManager?
    let connection: HaleConnection
    let environment: [String: String]
    let console: Console
    let settling: Settling

    private var isReady = false
    private var sentence = ""
    private var next = Instant.zero

    init(
        manager: ServiceManager?, connection: HaleConnection, environment: [String: String], console: Console,
        settling: Settling
    ) {
        self.manager = manager
        self.connection = connection
        self.environment = environment
        self.console = console
        self.settling = settling
    }

    /// Whether SIGHUP asks for a reload rather than for the end, as where a terminal is closed.
    var reloadsOnHangup: Bool { manager?.socket != nil }

    /// Looks after everything, where it is time to.
    mutating func look(_ interrupts: Interrupts) throws {
        if reloadsOnHangup, interrupts.takeReload() { reload() }
        guard Instant.now() >= next else { return }
        next = Instant.now() + min(Self.interval, (manager?.watchdog ?? .seconds(4)) * 0.25)
        if connection.keeperPid == nil, connection.saved() != nil { try revive() }
        guard let manager, let keeper = connection.keeperPid, ProcessFacts.state(of: keeper) != "T",
            let status = try? connection.status(), status.processes.healer != nil
        else { return }
        if manager.watchdog != nil { manager.tell("WATCHDOG=1") }
        tell(status, manager)
    }

    /// The stack is about to be stopped.
    func stopping() {
        manager?.tell("STOPPING=1", ServiceManager.status("stopping the stack in order"))
    }

    private mutating func tell(_ status: StackStatus, _ manager: ServiceManager) {
        if !isReady, case .reached = settling.verdict(of: status) {
            isReady = true
            manager.tell("READY=1")
        }
        let text = Self.sentence(status)
        guard text != sentence else { return }
        sentence = text
        manager.tell(ServiceManager.status(text))
    }

    static func sentence(_ status: StackStatus) -> String {
        let unwell = status.services.filter { entry in !entry.value.instances.allSatisfy(\.isWell) }.keys.sorted()
        let detail =
            unwell.isEmpty ? "\(status.services.count) services" : "not well: \(unwell.joined(separator: ", "))"
        return "\(status.stack) is \(status.status.rawValue) (\(detail))"
    }

    private mutating func reload() {
        manager?.tell("RELOADING=1", "MONOTONIC_USEC=\(monotonicMicroseconds())")
        do {
            try connection.perform(.reload)
            sentence = ""
            manager?.tell("READY=1", ServiceManager.status("the files were read again"))
        } catch {
            console.note("hale: \(error)")
            sentence = "\(error)"
            manager?.tell("READY=1", ServiceManager.status(sentence))
        }
    }

    private func revive() throws {
        console.note("hale: all of Hale was killed; starting it again, it takes over what runs")
        try KeeperLauncher(connection: connection, environment: environment).ensureRunning()
        if let manager, let stack = connection.saved()?.stack {
            SocketHandover(manager: manager, connection: connection, console: console).run(for: stack)
        }
    }
}
