internal import CLinux
internal import Glibc
internal import Platform

/// A terminal for a command (pty(7)), as large as this program's own.
final class PseudoTerminal {
    /// The end that is read and written as a person would; never waits.
    let personEnd: Int32
    /// The end that becomes the command's terminal.
    private(set) var commandEnd: Int32 = -1

    init() throws(SystemError) {
        personEnd = hale_open_terminal(&commandEnd)
        guard personEnd >= 0 else { throw SystemError(code: -personEnd, attempt: "open a terminal for the command") }
        fit()
    }

    deinit {
        closeCommandEnd()
        if personEnd >= 0 { close(personEnd) }
    }

    /// Takes over the size of this program's own terminal.
    func fit() {
        guard let size = Terminal.size(STDIN_FILENO) ?? Terminal.size(STDOUT_FILENO) else { return }
        _ = hale_set_terminal_size(
            personEnd, UInt16(clamping: size.columns), UInt16(clamping: size.rows))
    }

    /// Once the command has its copy: the end of the last one is how the end of the output is known.
    func closeCommandEnd() {
        guard commandEnd >= 0 else { return }
        close(commandEnd)
        commandEnd = -1
    }
}

/// Has this program's own terminal hand on every key as it is, until `restore` or the end of this object.
final class RawMode {
    private var former = termios()
    private var isOn = false

    init() {
        guard tcgetattr(STDIN_FILENO, &former) == 0 else { return }
        var raw = former
        cfmakeraw(&raw)
        isOn = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0
    }

    deinit { restore() }

    /// Puts the terminal back as it was.
    func restore() {
        guard isOn else { return }
        isOn = false
        tcsetattr(STDIN_FILENO, TCSADRAIN, &former)
    }
}
