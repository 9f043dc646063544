internal import Compose
internal import FoundationEssentials
internal import Glibc
internal import Platform
internal import Runtimes
internal import Stack

/// What `exec` and `run` have in common: who runs the command, where, with which variables and on what terminal.
struct CommandSurroundings {
    static let environment = Option.repeated(
        "env", "e", of: "NAME=VALUE", help: "a variable more; NAME alone hands on the caller's")
    static let user = Option.value("user", "u", of: "USER[:GROUP]", help: "who runs it instead of the service's user")
    static let folder = Option.value("workdir", "w", of: "PATH", help: "where it runs instead of the service's folder")
    static let noTerminal = Option.flag(
        "no-tty", "T", help: "no terminal of its own, which it has where input and output are terminals")
    static let interactive = Option.flag(
        "interactive", "i", help: "hand standard input on, which is done in any case unless --interactive=false")
    static let terminal = Option.flag("tty", "t", help: "the opposite of --no-tty, which is so in any case")

    let variables: [String]
    let user: String?
    let folder: String?
    let hasTerminal: Bool
    let hasInput: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        variables = arguments.all(Self.environment)
        if let wrong = variables.first(where: { $0.isEmpty || $0.hasPrefix("=") }) {
            throw UsageError("--env is NAME=VALUE or NAME, not '\(wrong)'")
        }
        user = arguments.value(Self.user)
        folder = arguments.value(Self.folder)
        hasInput = arguments.value(Self.interactive) != "false"
        hasTerminal = !arguments.isOn(Self.noTerminal) && arguments.value(Self.terminal) != "false" && hasInput
    }

    /// How a command in the foreground is connected.
    var streams: Foreground.Streams {
        isOnTerminal ? .terminal : .own(hasInput: hasInput)
    }

    /// The variables to add, of which those without a value are the caller's.
    func environment(callers: [String: String], isDetached: Bool) -> [String: String] {
        var result: [String: String] = [:]
        // What a program on a terminal needs to know of it.
        if isOnTerminal, !isDetached, let kind = callers["TERM"] { result["TERM"] = kind }
        for variable in variables {
            let parts = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if parts.count == 2 { result[parts[0]] = parts[1] } else { result[variable] = callers[variable] }
        }
        return result
    }

    /// Refuses a user that Hale may not become.
    func checkUser() throws(CommandFailure) {
        guard let user else { return }
        let identity: UserIdentity
        do { identity = try UserIdentity.lookUp(user) } catch { throw CommandFailure("\(error)", .backend) }
        guard ProcessFacts.isRoot || identity.user == geteuid() else {
            throw CommandFailure("only root may run a command as another user (--user \(user))", .backend)
        }
    }

    /// Who has which address, as the healer keeps it.
    static func addresses(_ locations: Locations) -> AddressBook {
        let saved = (try? readWholeFile(locations.addresses)).flatMap {
            try? JSONDecoder().decode(AddressBook.self, from: Data($0))
        }
        return saved ?? AddressBook(identity: locations.state)
    }

    /// The words of a command without the `--` that some put before it.
    static func words(_ operands: ArraySlice<String>) -> [String] {
        Array(operands.first == "--" ? operands.dropFirst() : operands)
    }

    /// Whether something may be handed in that is no terminal: a pipe or a file.
    var isInputWaiting: Bool {
        guard hasInput, !Terminal.isTerminal(STDIN_FILENO) else { return false }
        var status = stat()
        guard fstat(STDIN_FILENO, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFIFO || status.st_mode & S_IFMT == S_IFREG && status.st_size > 0
    }

    var isOnTerminal: Bool {
        hasTerminal && Terminal.isTerminal(STDIN_FILENO) && Terminal.isTerminal(STDOUT_FILENO)
    }
}
