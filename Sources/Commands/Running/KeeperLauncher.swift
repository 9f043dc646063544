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

    /// How long a healer may be silent until another one takes its place.
    private static let healersPatience = Duration.seconds(6)
    private static let attempts = 5

    /// Returns once Hale answers; starts it where it does not run, whatever is left of an earlier one.
    func ensureRunning() throws {
        if isAnswering { return }
        let began = Instant.now()
        var launched: Int32?
        var launches = 0
        var hasReplacedHealer = false
        wake()
        while !isAnswering {
            let keeper = connection.keeperPid
            if let child = launched, waitpid(child, nil, WNOHANG) == child { launched = nil }
            if keeper == nil, launched == nil {
                // Of two keepers started at the same time one ends at once, and the other one answers; one that is
                // started while another is about to end has to be started again.
                guard launches < Self.attempts else { throw failure("Hale's keeper ended right after its start") }
                launched = try launch()
                launches += 1
            }
            if let keeper, !hasReplacedHealer, Instant.now() - began > Self.healersPatience {
                hasReplacedHealer = true
                _ = HungHealer.end(keeper: keeper, project: locations.project)
            }
            if Instant.now() - began >= Self.patience {
                throw failure("Hale does not answer within \(DurationText.format(Self.patience)) of its start")
            }
            usleep(launches > 1 ? 100_000 : 10_000)
        }
    }

    /// A keeper that somebody stopped by a signal goes on; nothing could be asked of it else.
    private func wake() {
        if let keeper = connection.keeperPid { kill(keeper, SIGCONT) }
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
        try endUnknown()
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

extension KeeperLauncher {
    /// Ends processes that the new keeper could not find: it would start second ones beside them.
    private func endUnknown() throws {
        let left = Leftovers(locations: locations)
        let unknown = Set(left.unrecorded())
        guard !unknown.isEmpty else { return }
        let names = Set(unknown.map(\.instance)).sorted().joined(separator: ", ")
        let stubborn = left.end(stack: connection.saved()?.stack, grace: nil) { unknown.contains($0) }
        guard stubborn.isEmpty else {
            throw CommandFailure(
                "still running though nobody knows how they were started: \(names); end them by hand first", .backend)
        }
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
