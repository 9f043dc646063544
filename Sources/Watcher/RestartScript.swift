internal import Glibc
internal import Healing
internal import Platform

/// What a person wants run after each restart.
struct RestartScript: Sendable {
    /// Split into words and given more of them, as autoheal does.
    private static let line = "exec $POST_RESTART_SCRIPT \"$@\""

    let command: String

    /// Runs it beside everything else; `tell` gets a sentence where it cannot be run or fails.
    func run(_ container: WatchedContainer, tell: @escaping @Sendable (String) -> Void) {
        let arguments = [
            "/bin/sh", "-c", Self.line, "hale", "/" + container.name, container.shortID, container.state.rawValue,
            "\(container.stopTimeout)",
        ]
        DetachedThread.run { [command] in
            if let problem = Self.run(arguments, script: command) {
                tell("the script after the restart of \(container.name) \(problem)")
            }
        }
    }

    private static func run(_ arguments: [String], script: String) -> String? {
        let words = arguments.map { strdup($0) } + [nil]
        let inherited = ((try? readWholeFile("/proc/self/environ")) ?? []).split(separator: 0)
            .map { String(decoding: $0, as: UTF8.self) }
            .filter { !$0.hasPrefix("NOTIFY_SOCKET=") && !$0.hasPrefix("POST_RESTART_SCRIPT=") }
        let environment = (inherited + ["POST_RESTART_SCRIPT=" + script]).map { strdup($0) } + [nil]
        defer { for text in words + environment { free(text) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, "/bin/sh", nil, nil, words, environment)
        guard code == 0 else { return "cannot be run: \(String(cString: strerror(code)))" }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return status == 0 ? nil : "failed with status \((status >> 8) & 0xFF)"
    }
}

extension WatchedContainer {
    /// The first twelve digits of its identifier, as the docker command shows it.
    var shortID: String { String(id.prefix(12)) }
}
