internal import Glibc

/// The reader of the output went away (EPIPE).
struct BrokenPipe: Error {}

/// Where a command prints: results on standard output, everything else on standard error.
final class Console {
    let outputStyle: Style
    let errorStyle: Style
    /// Whether lines on standard error may be redrawn.
    let canRedraw: Bool
    /// Whether lines on standard output may be.
    let canRedrawOutput: Bool
    private let writeOutput: ([UInt8]) throws -> Void
    private let writeError: ([UInt8]) throws -> Void
    private var pending: [UInt8] = []

    init(
        outputStyle: Style = .plain, errorStyle: Style = .plain, canRedraw: Bool = false,
        canRedrawOutput: Bool = false,
        output: @escaping ([UInt8]) throws -> Void = { try Console.write($0, to: STDOUT_FILENO) },
        errors: @escaping ([UInt8]) throws -> Void = { try Console.write($0, to: STDERR_FILENO) }
    ) {
        self.outputStyle = outputStyle
        self.errorStyle = errorStyle
        self.canRedraw = canRedraw
        self.canRedrawOutput = canRedrawOutput
        writeOutput = output
        writeError = errors
    }

    /// The process's own standard output and error.
    convenience init(_ options: GlobalOptions, environment: [String: String]) {
        let isErrorTerminal = Terminal.isTerminal(STDERR_FILENO)
        let isOutputTerminal = Terminal.isTerminal(STDOUT_FILENO)
        let mayRedraw = options.ansi != .never && environment["TERM"] != "dumb"
        self.init(
            outputStyle: .choose(
                options, environment: environment, isTerminal: isOutputTerminal),
            errorStyle: .choose(options, environment: environment, isTerminal: isErrorTerminal),
            canRedraw: isErrorTerminal && mayRedraw, canRedrawOutput: isOutputTerminal && mayRedraw)
    }

    /// A result; may be kept until the next `flush`.
    func print(_ text: String) throws { try print(Array(text.utf8)) }

    /// A result; may be kept until the next `flush`.
    func print(_ bytes: [UInt8]) throws {
        pending += bytes
        if pending.count >= 1 << 16 { try flush() }
    }

    /// Hands on what `print` has kept.
    func flush() throws {
        guard !pending.isEmpty else { return }
        let bytes = pending
        pending = []
        try writeOutput(bytes)
    }

    /// A line of diagnostics.
    func note(_ text: String) {
        show(text + "\n")
    }

    /// Diagnostics as they are. Nobody is told when they cannot be written: there is nowhere left to say so.
    func show(_ text: String) {
        try? flush()
        try? writeError(Array(text.utf8))
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var slot = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&slot, 1, -1)
            } else if errno == EPIPE {
                throw BrokenPipe()
            } else if errno != EINTR {
                throw CommandFailure("the output cannot be written: \(String(cString: strerror(errno)))")
            }
        }
    }
}
