internal import CDetach
internal import Control
internal import Glibc
internal import Platform
internal import Stack

/// Starts a project's keeper, which starts the rest of Hale, where none runs.
struct KeeperLauncher {
    /// How long Hale may take from the start of its keeper to the first answer.
    static let patience = Duration.seconds(20)

    let connection: HaleConnection
    let environment: [String: String]

    private var locations: Locations { connection.locations }

    /// Returns once Hale answers; starts it where it does not run.
    func ensureRunning() throws {
        if isAnswering { return }
        let child = connection.keeperPid == nil ? try launch() : nil
        let deadline = Instant.now() + Self.patience
        while !isAnswering {
            // Of two keepers started at the same time one ends at once, and the other one answers.
            if let child, waitpid(child, nil, WNOHANG) == child, connection.keeperPid == nil {
                throw failure("Hale's keeper ended right after its start")
            }
            if Instant.now() >= deadline {
                throw failure("Hale does not answer within \(DurationText.format(Self.patience)) of its start")
            }
            usleep(10_000)
        }
    }

    /// A healer that has not heard from its keeper yet knows nothing of the stack.
    private var isAnswering: Bool {
        (try? connection.status())?.processes.healer != nil
    }

    private func failure(_ sentence: String) -> CommandFailure {
        let lines =
            OwnLog.tail(locations.ownLogs + "/keeper.log", 10) + OwnLog.tail(locations.ownLogs + "/healer.log", 5)
        let log = lines.isEmpty ? "" : ":\n" + lines.map { "  " + $0 }.joined(separator: "\n")
        return CommandFailure("\(sentence) (see \(locations.ownLogs))\(log)", .backend)
    }

    private func launch() throws -> Int32 {
        do {
            try makeFolders(locations.ownLogs)
        } catch {
            throw CommandFailure("Hale cannot be started: \(error)", .backend)
        }
        let arguments = ["hale", "keeper", "-p", locations.project]
        let variables = environment.map { "\($0)=\($1)" }.sorted()
        let result = CStrings.with(arguments) { arguments in
            CStrings.with(variables) { variables in
                hale_detach("/proc/self/exe", arguments, variables, locations.ownLogs + "/keeper.log")
            }
        }
        guard result > 0 else {
            throw CommandFailure("\(SystemError(code: -result, attempt: "start Hale's keeper"))", .backend)
        }
        return result
    }
}

/// Hale's own log files, which are plain text.
enum OwnLog {
    /// The last lines of the file at `path`.
    static func tail(_ path: String, _ count: Int) -> [String] {
        let bytes = (try? readWholeFile(path)) ?? []
        return bytes.suffix(1 << 16).split(separator: 10).suffix(count).map { String(decoding: $0, as: UTF8.self) }
    }
}
