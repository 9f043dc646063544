internal import Glibc
internal import Platform
internal import Stack

/// Carries what is typed to a command's terminal, and what the command prints to this program's own.
final class TerminalRelay {
    private static let chunk = 16_384
    /// How long after a command's end somebody else may still hold its terminal before no more output is waited for.
    private static let patience = Duration.milliseconds(100)

    private let terminal: PseudoTerminal
    private let reactor: Reactor
    private var keyboard: Registration?
    private var screen: Registration?
    private var screenInterest: Readiness = .read
    /// Typed and not yet taken by the command.
    private var typed: [UInt8] = []

    init(_ terminal: PseudoTerminal, reactor: Reactor) throws(SystemError) {
        self.terminal = terminal
        self.reactor = reactor
        screen = try reactor.register(terminal.personEnd, for: .read) { [weak self] in self?.screenReady($0) }
        keyboard = try reactor.register(STDIN_FILENO, for: .read) { [weak self] _ in self?.readKeyboard() }
    }

    deinit {
        if let keyboard { reactor.remove(keyboard) }
        if let screen { reactor.remove(screen) }
    }

    /// Prints what the command had written before its end.
    func finish() {
        let deadline = Instant.now() + Self.patience
        while screen != nil, Instant.now() < deadline { reactor.turn(limit: .milliseconds(10)) }
    }

    private func readKeyboard() {
        withUnsafeTemporaryAllocation(byteCount: Self.chunk, alignment: 16) { buffer in
            switch readBytes(STDIN_FILENO, into: buffer) {
            case .bytes(let count): typed += buffer[..<count]
            case .wouldBlock: break
            case .end, .failed: stopKeyboard()
            }
        }
        writeTyped()
        // Not more than the command takes.
        if typed.count > Self.chunk, let keyboard { try? reactor.update(keyboard, interest: []) }
    }

    private func stopKeyboard() {
        if let keyboard { reactor.remove(keyboard) }
        keyboard = nil
    }

    private func writeTyped() {
        while !typed.isEmpty {
            let count = typed.withUnsafeBytes { bytes in
                retryingInterrupts { write(terminal.personEnd, bytes.baseAddress, bytes.count) }
            }
            guard count > 0 else { break }
            typed.removeFirst(count)
        }
        if typed.count <= Self.chunk, let keyboard { try? reactor.update(keyboard, interest: .read) }
        let interest: Readiness = typed.isEmpty ? .read : [.read, .write]
        guard interest != screenInterest, let screen else { return }
        screenInterest = interest
        try? reactor.update(screen, interest: interest)
    }

    private func screenReady(_ readiness: Readiness) {
        if readiness.contains(.write) { writeTyped() }
        guard readiness.contains(.read) || readiness.contains(.closed) else { return }
        withUnsafeTemporaryAllocation(byteCount: Self.chunk, alignment: 16) { buffer in
            switch readBytes(terminal.personEnd, into: buffer) {
            case .bytes(let count):
                do { try Console.write(Array(buffer[..<count]), to: STDOUT_FILENO) } catch { stopScreen() }
            case .wouldBlock: break
            // EIO is how the end of a terminal's last user shows.
            case .end, .failed: stopScreen()
            }
        }
    }

    private func stopScreen() {
        if let screen { reactor.remove(screen) }
        screen = nil
    }
}
