internal import Engines
internal import Glibc
internal import Platform
internal import Stack
internal import Synchronization

/// A command in a container.
final class RunningCommand: Sendable {
    private let command: SideCommand
    private let container: String
    private let isLocal: Bool
    private let isAbandoned = Atomic(false)

    init(_ command: SideCommand, in container: String, isLocal: Bool) {
        self.command = command
        self.container = container
        self.isLocal = isLocal
    }

    /// Ends it early.
    func abandon() {
        isAbandoned.store(true, ordering: .relaxed)
    }

    /// Runs it to its end, or to that of its time; for a thread that may wait.
    func run(_ session: EngineSession) throws(EngineError) -> CommandResult {
        guard !container.isEmpty else { return .failed("there is no container") }
        let id = try session.createCommand(
            in: container, command.arguments, user: command.user, folder: command.workingDirectory,
            environment: command.environment)
        let (output, isOver) = try attend(id, session)
        guard isOver else {
            // An engine that hangs answers this no better, and then it was not the command that took too long.
            end(try session.command(id))
            return .signalled(SIGKILL, output: output)
        }
        let code = try session.command(id).ExitCode ?? 0
        return .ended(code: Int32(truncatingIfNeeded: code), output: output)
    }

    /// What it prints, and whether it ended within its time.
    private func attend(_ id: String, _ session: EngineSession) throws(EngineError) -> (String, Bool) {
        let printed = Mutex<[UInt8]>([])
        var isOver = true
        do throws(EngineError) {
            try session.startCommand(id, timeout: command.timeout) { bytes, _ in
                printed.withLock { printed in
                    printed += bytes.prefix(max(0, SideCommand.outputLimit - printed.count))
                }
                return !self.isAbandoned.load(ordering: .relaxed)
            }
        } catch  where error == .timedOut {
            isOver = false
        }
        return (String(decoding: printed.withLock { $0 }, as: UTF8.self), isOver)
    }

    /// The engine has no call that ends a command. On this machine its process is killed; elsewhere it goes on.
    private func end(_ details: CommandDetails) {
        guard isLocal, details.Running, let pid = details.Pid, pid > 1, isOfContainer(pid) else { return }
        kill(pid, SIGKILL)
    }

    private func isOfContainer(_ pid: pid_t) -> Bool {
        guard let groups = try? readWholeFile("/proc/\(pid)/cgroup") else { return false }
        return String(decoding: groups, as: UTF8.self).contains(container)
    }
}
