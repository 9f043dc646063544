/// What a command ends with. Scripts rely on the numbers; `docs/cli.md` lists them.
public enum ExitCode: Int32, Sendable, CaseIterable {
    /// It was done.
    case success = 0
    /// It was not done, or the stack is not well.
    case failure = 1
    /// The command line makes no sense.
    case usage = 2
    /// `status`: no Hale runs for the project.
    case notRunning = 3
    /// `status`: Hale runs but does not answer.
    case unknown = 4
    /// The time that was given ran out.
    case timeout = 124
    /// Hale itself could not be reached or started.
    case backend = 125
    /// `exec`, `run`: the program is there and cannot be run.
    case notExecutable = 126
    /// `exec`, `run`: there is no such program.
    case notFound = 127
    /// Ctrl-C.
    case interrupted = 130
    /// Whoever read the output went away.
    case brokenPipe = 141

    /// One line for the help text.
    var meaning: String {
        switch self {
        case .success: "done"
        case .failure: "not done, or the stack is not well; the reason is on standard error"
        case .usage: "the command line makes no sense"
        case .notRunning: "status: no Hale runs for the project"
        case .unknown: "status: Hale runs but does not answer"
        case .timeout: "the time that was given ran out"
        case .backend: "Hale is not running, does not answer or cannot be started"
        case .notExecutable: "exec, run: the program is there and cannot be run"
        case .notFound: "exec, run: there is no such program"
        case .interrupted: "interrupted by Ctrl-C"
        case .brokenPipe: "whoever read the output went away"
        }
    }
}
