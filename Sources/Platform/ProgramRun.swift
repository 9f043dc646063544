internal import CLinux
internal import Glibc
internal import Stack

/// A program that is run to its end for what it does or prints.
public enum ProgramRun {
    /// What came of it.
    public struct Outcome: Sendable {
        /// Whether it returned 0.
        public var succeeded: Bool
        /// What it printed, up to 1 MiB.
        public var output: String
    }

    private static let mostOutput = 1 << 20
    private static let usual = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]

    /// Runs the program that `words` begin with and gives it `input`, which must fit a pipe (pipe(7)), and these variables.
    /// Waits for its end, and kills it after `patience`. What it prints as errors is kept too unless `keepingErrors` is false.
    /// Throws where there is no such program.
    public static func run(
        _ words: [String], input: String = "", environment: [String: String]? = nil, patience: Duration = .seconds(5),
        keepingErrors: Bool = true
    ) throws(SystemError) -> Outcome {
        let attempt = "run \(words.first ?? "")"
        let inputEnds = try pipeEnds(attempt)
        defer { close(inputEnds.read) }
        do {
            // Beforehand: nobody can have closed the other end yet, which would be a signal.
            defer { close(inputEnds.write) }
            try fill(inputEnds.write, with: Array(input.utf8), attempt)
        }
        let outputEnds = try pipeEnds(attempt)
        defer { close(outputEnds.read) }
        let process: pid_t
        do {
            defer { close(outputEnds.write) }
            process = try start(
                words, environment ?? usual, input: inputEnds.read, output: outputEnds.write,
                keepingErrors: keepingErrors, attempt)
        }
        let deadline = Instant.now() + patience
        let output = collect(outputEnds.read, until: deadline)
        return Outcome(succeeded: end(process, at: deadline), output: output)
    }

    private static func fill(_ pipe: Int32, with bytes: [UInt8], _ attempt: String) throws(SystemError) {
        guard !bytes.isEmpty else { return }
        _ = fcntl(pipe, F_SETFL, O_NONBLOCK)
        let count = bytes.withUnsafeBytes { write(pipe, $0.baseAddress, $0.count) }
        guard count == bytes.count else { throw SystemError(code: count < 0 ? errno : E2BIG, attempt: attempt) }
    }

    private static func pipeEnds(_ attempt: String) throws(SystemError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError.last(attempt) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func start(
        _ words: [String], _ variables: [String: String], input: Int32, output: Int32, keepingErrors: Bool,
        _ attempt: String
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
        if keepingErrors {
            posix_spawn_file_actions_adddup2(&actions, output, 2)
        } else {
            posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        }
        // Hale's own processes block the signals that they read from descriptors.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var process: pid_t = -1
        let code = posix_spawnp(&process, words.first ?? "", &actions, &attributes, &arguments, &environment)
        guard code == 0 else { throw SystemError(code: code, attempt: attempt) }
        return process
    }

    /// Reads until nobody writes any more.
    private static func collect(_ descriptor: Int32, until deadline: Instant) -> String {
        var collected: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while isReadable(descriptor, until: deadline) {
            let count = retryingInterrupts { read(descriptor, &buffer, buffer.count) }
            guard count > 0 else { break }
            if collected.count < mostOutput { collected += buffer[..<count] }
        }
        return String(decoding: collected, as: UTF8.self)
    }

    /// Waits for the end, which comes at the deadline at the latest; whether it returned 0.
    private static func end(_ process: pid_t, at deadline: Instant) -> Bool {
        let ending = hale_pidfd_open(process)
        if ending < 0 || !isReadable(ending, until: deadline) { kill(process, SIGKILL) }
        if ending >= 0 { close(ending) }
        var status: Int32 = 0
        return retryingInterrupts { waitpid(process, &status, 0) } == process && status == 0
    }

    private static func isReadable(_ descriptor: Int32, until deadline: Instant) -> Bool {
        let left = max(0, (deadline - Instant.now()).nanoseconds / 1_000_000)
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return retryingInterrupts { poll(&waiting, 1, Int32(clamping: left)) } > 0
    }
}
