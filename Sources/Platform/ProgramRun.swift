internal import Glibc
internal import Stack

/// A program that is run to its end for what it does or prints.
public enum ProgramRun {
    /// What came of it.
    public struct Outcome: Sendable {
        /// Whether it returned 0.
        public var succeeded: Bool
        /// What it printed, errors included, up to 1 MiB.
        public var output: String
    }

    private static let patience = Duration.seconds(5)
    private static let mostInput = 1 << 16
    private static let mostOutput = 1 << 20
    private static let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// Runs the program that `words` begin with and gives it `input`, which must fit a pipe (64 KiB). Waits for its end, and
    /// kills it after 5 s. Throws where there is no such program.
    public static func run(_ words: [String], input: String = "") throws(SystemError) -> Outcome {
        let attempt = "run \(words.first ?? "")"
        let (inputEnds, outputEnds) = (try pipeEnds(attempt), try pipeEnds(attempt))
        defer { close(outputEnds.read) }
        // Beforehand: nobody can have closed the other end yet, which would be a signal.
        let bytes = Array(input.utf8)
        _ = bytes.withUnsafeBytes { write(inputEnds.write, $0.baseAddress, min($0.count, mostInput)) }
        close(inputEnds.write)
        let process: pid_t
        do {
            defer { for end in [inputEnds.read, outputEnds.write] { close(end) } }
            process = try start(words, input: inputEnds.read, output: outputEnds.write, attempt)
        }
        let output = collect(outputEnds.read, of: process)
        var status: Int32 = 0
        _ = retryingInterrupts { waitpid(process, &status, 0) }
        return Outcome(succeeded: status == 0, output: output)
    }

    private static func pipeEnds(_ attempt: String) throws(SystemError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError.last(attempt) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func start(
        _ words: [String], input: Int32, output: Int32, _ attempt: String
    ) throws(SystemError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        // Hale's own processes block the signals that they read from descriptors.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup(path), nil]
        defer { for text in arguments + environment { free(text) } }
        var process: pid_t = -1
        let code = posix_spawnp(&process, words.first ?? "", &actions, &attributes, &arguments, &environment)
        guard code == 0 else { throw SystemError(code: code, attempt: attempt) }
        return process
    }

    /// Reads until nobody writes any more.
    private static func collect(_ descriptor: Int32, of process: pid_t) -> String {
        let end = Instant.now() + patience
        var collected: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let left = max(0, (end - Instant.now()).nanoseconds / 1_000_000)
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = retryingInterrupts { poll(&waiting, 1, Int32(clamping: left)) }
            guard ready > 0 else {
                kill(process, SIGKILL)
                break
            }
            let count = retryingInterrupts { read(descriptor, &buffer, buffer.count) }
            guard count > 0 else { break }
            if collected.count < mostOutput { collected += buffer[..<count] }
        }
        return String(decoding: collected, as: UTF8.self)
    }
}
