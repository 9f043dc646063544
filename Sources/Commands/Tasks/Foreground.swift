internal import Glibc
internal import Keeper
internal import Platform
internal import Stack
internal import Wire

/// Runs one command and waits for its end: signals to this program are handed on to it, and its exit code is handed back.
final class Foreground {
    enum Streams {
        /// This program's own; with `hasInput` off there is nothing to read.
        case own(hasInput: Bool)
        /// A terminal that is relayed to this program's own.
        case terminal
        /// A log file, nothing to read.
        case log(path: String, rotation: LogRotation)
        /// Nothing to read, and nobody who reads.
        case nothing
    }

    private static let forwarded = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]

    private let reactor: Reactor
    private let process: AttendedProcess
    private let isTask: Bool
    private var terminal: PseudoTerminal?
    private var relay: TerminalRelay?
    private var rawMode: RawMode?
    private var log: TaskLog?
    private var companion: Int32 = -1
    private var companionWatch: Registration?
    private var hasEnded = false
    private var terminations = 0

    /// Sentences about limits that it runs without.
    var notices: [String] { process.notices }

    var pid: Int32 { process.pid }

    /// Starts it. What it starts is known by `mark`. `beside` is the process of the instance with which it ends; without, it is a task, with whose end all
    /// that it has started ends.
    init(_ request: SpawnRequest, streams: Streams, mark: String, beside: Int32?) throws {
        Self.holdSignals()
        do {
            reactor = try Reactor()
            isTask = beside == nil
            if isTask { AttendedProcess.adoptOrphans() }
            let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
            defer { close(nothing) }
            let chosen: AttendedProcess.Streams
            switch streams {
            case .own(let hasInput):
                chosen = .init(input: hasInput ? STDIN_FILENO : nothing, output: STDOUT_FILENO, error: STDERR_FILENO)
            case .terminal:
                let terminal = try PseudoTerminal()
                self.terminal = terminal
                let end = terminal.commandEnd
                chosen = .init(input: end, output: end, error: end, isTerminal: true)
            case .log(let path, let rotation):
                let log = try TaskLog(path: path, size: rotation.size, files: rotation.files, reactor: reactor)
                self.log = log
                chosen = .init(input: nothing, output: log.writers[0], error: log.writers[1])
            case .nothing: chosen = .init(input: nothing, output: nothing, error: nothing)
            }
            process = try AttendedProcess(request, streams: chosen, mark: mark, beside: beside)
        } catch let failure as AttendedFailure {
            throw CommandFailure(
                failure.description,
                failure.isNotFound ? .notFound : failure.isNotExecutable ? .notExecutable : .backend)
        } catch {
            throw CommandFailure("\(error)", .backend)
        }
        terminal?.closeCommandEnd()
        if let beside { companion = (try? openProcess(beside)) ?? -1 }
    }

    deinit { if companion >= 0 { close(companion) } }

    /// Waits for its end; its exit code, 128 and more for a signal.
    func wait() throws -> Int32 {
        try watch()
        while !hasEnded { reactor.turn() }
        return conclude()
    }

    /// A signal that comes before there is somebody to hand it to waits, and does not end this program.
    private static func holdSignals() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in forwarded { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    private func watch() throws {
        for signal in Self.forwarded {
            try reactor.onSignal(signal) { [unowned self] in self.forward(signal) }
        }
        try reactor.register(process.descriptor, for: .read) { [unowned self] _ in self.hasEnded = true }
        if companion >= 0 {
            companionWatch = try reactor.register(companion, for: .read) { [unowned self] _ in
                // Once is enough; the process behind the descriptor stays ended.
                if let watch = self.companionWatch { self.reactor.remove(watch) }
                self.process.kill()
            }
        }
        guard let terminal else { return }
        try reactor.onSignal(SIGWINCH) { terminal.fit() }
        rawMode = RawMode()
        relay = try TerminalRelay(terminal, reactor: reactor)
    }

    /// A second SIGTERM ends what did not heed the first.
    private func forward(_ signal: Int32) {
        if signal == SIGTERM { terminations += 1 }
        if terminations > 1 {
            process.signal(SIGKILL)
            process.kill()
        } else {
            process.signal(signal)
        }
    }

    private func conclude() -> Int32 {
        let status = process.wait()
        if isTask { process.endTree() }
        relay?.finish()
        rawMode?.restore()
        log?.finish()
        switch status {
        case .code(let code): return code
        case .signal(let signal): return 128 + signal
        case .unknown: return ExitCode.backend.rawValue
        }
    }

    /// Removes what it had for itself of the machine.
    func removeTraces(isLast: Bool) {
        process.removeCgroup(isLast: isLast)
    }
}
