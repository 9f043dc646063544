import Foundation

/// A real server as a child process, ended by its pid.
///
/// Nothing here depends on dispatch queues or run loops, as tests that wait hold the threads those need.
final class ServerProcess {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let arguments: [String]
    private let pid: pid_t
    private let output: Int32
    private var isRunning = true
    /// All that was read of its output so far.
    private(set) var text = ""

    /// Starts it and waits until its output holds `ready`.
    init(_ arguments: [String], ready: String) throws {
        self.arguments = arguments
        (pid, output) = try Self.spawn(arguments, input: "/dev/null")
        try wait(for: ready)
    }

    deinit {
        stop()
        close(output)
    }

    /// Waits until its output holds `expected`.
    func wait(for expected: String) throws {
        while !text.contains(expected) {
            guard try readSome() else { throw Failure(description: "\(arguments) ended: \(text)") }
        }
    }

    /// Ends it, without grace where `signal` is SIGKILL, waits for its end and reads its last words.
    func stop(signal: Int32 = SIGINT) {
        guard isRunning else { return }
        isRunning = false
        kill(pid, signal)
        while let more = try? readSome(), more {}
        // Its output has ended, or it has had a minute.
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    /// Reads what there is, waiting for it; false at the end.
    private func readSome() throws -> Bool {
        var ready = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        guard poll(&ready, 1, 60_000) == 1 else {
            throw Failure(description: "\(arguments) says nothing more: \(text)")
        }
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = read(output, &buffer, buffer.count)
        guard count > 0 else { return false }
        text += String(decoding: buffer.prefix(count), as: UTF8.self)
        return true
    }

    /// Runs a program to its end; its output, or why it failed.
    @discardableResult static func run(_ arguments: [String], input: String = "/dev/null") throws -> String {
        let (pid, output) = try spawn(arguments, input: input)
        defer { close(output) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = read(output, &buffer, buffer.count)
            guard count > 0 else { break }
            text += buffer.prefix(count)
        }
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        let said = String(decoding: text, as: UTF8.self)
        guard status == 0 else { throw Failure(description: "\(arguments) failed: \(said)") }
        return said
    }

    /// Says why a test cannot run where a program is missing.
    static func require(_ programs: String...) throws {
        for program in programs where !isInstalled(program) {
            throw Failure(description: "\(program) is not installed, so this cannot be tested here")
        }
    }

    private static func isInstalled(_ program: String) -> Bool {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
        let candidates = program.hasPrefix("/") ? [program] : path.split(separator: ":").map { "\($0)/\(program)" }
        return candidates.contains { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// A child that reads the file `input`; its pid and the end of the pipe it writes to.
    private static func spawn(_ arguments: [String], input: String) throws -> (pid_t, Int32) {
        // A pair of sockets, as these close on exec from the start: another test's child would keep a pipe open.
        var pipe: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &pipe) == 0 else { throw Failure(description: "no socket pair") }
        defer { close(pipe[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
        posix_spawn_file_actions_adddup2(&actions, pipe[1], 2)
        // The threads of a test block signals and the shell may ignore them; a child would inherit both.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
        let words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let result = posix_spawnp(&pid, arguments.first ?? "", &actions, &attributes, words, environ)
        guard result == 0 else {
            close(pipe[0])
            throw Failure(description: "\(arguments) does not start: \(String(cString: strerror(result)))")
        }
        return (pid, pipe[0])
    }
}
