internal import Compose
internal import Control
internal import FoundationEssentials
internal import Glibc
internal import Platform
internal import Stack

/// The `hale` command line as a function of its arguments.
public enum HaleCommandLine {
    /// Does what `arguments` (without the program's name) ask for; returns the exit code.
    ///
    /// Ignores SIGPIPE in the whole process: a reader that goes away is an error of the write.
    public static func run(_ arguments: [String], roles: Roles) -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        let environment = ProcessInfo.processInfo.environment
        let directory = FileManager.default.currentDirectoryPath
        let request: CommandRequest
        do {
            request = try CommandRequest(arguments)
        } catch {
            return explain(error, verb: CommandRequest.verb(in: arguments), Console()).rawValue
        }
        HaleConnection.verb = request.verb
        let session = Session(
            globals: request.globals,
            environment: HaleEnvironment.absolute(environment, currentDirectory: directory),
            currentDirectory: directory, console: Console(request.globals, environment: environment),
            serviceManager: ServiceManager(environment: environment))
        return run(request, in: session, roles: roles)
    }

    private static func run(_ request: CommandRequest, in session: Session, roles: Roles) -> Int32 {
        do {
            let code: Int32
            switch request.action {
            case .show(let text):
                try session.console.print(text)
                code = ExitCode.success.rawValue
            case .role(let role): return roles[role](try session.locations())
            case .command(let command): code = try command.run(in: session).rawValue
            }
            try session.console.flush()
            return code
        } catch let end as CommandExit {
            do {
                try session.console.flush()
                return end.code
            } catch {
                return explain(error, verb: request.verb, session.console).rawValue
            }
        } catch {
            return explain(error, verb: request.verb, session.console).rawValue
        }
    }

    private static func explain(_ error: any Error, verb: String?, _ console: Console) -> ExitCode {
        switch error {
        case is BrokenPipe:
            return .brokenPipe
        case let error as UsageError:
            console.note("hale: \(error)\nRun 'hale \(verb.map { $0 + " " } ?? "")--help' for what there is.")
            return .usage
        case let error as CommandFailure:
            console.note("hale: \(error)")
            return error.exitCode
        case let error as ControlClientError:
            console.note("hale: \(error)")
            return .backend
        case let error as ComposeError:
            console.note("\(error)")
            return .failure
        default:
            console.note("hale: \(error)")
            return .failure
        }
    }
}
