internal import Compose

/// Every verb there is.
enum Verbs {
    static let commands: [any Command.Type] = [
        UpCommand.self, DownCommand.self, PsCommand.self, StatusCommand.self, LogsCommand.self, EventsCommand.self,
        IncidentsCommand.self, ExplainCommand.self, BreakersCommand.self, BreakerCommand.self, QueueCommand.self,
        ConnectivityCommand.self,
        StartCommand.self, StopCommand.self, RestartCommand.self, KillCommand.self, PauseCommand.self,
        UnpauseCommand.self,
        ScaleCommand.self, WaitCommand.self, WatchCommand.self,
        ExecCommand.self, RunCommand.self, TopCommand.self, StatsCommand.self, PortCommand.self,
        AlertsCommand.self, AlertCommand.self,
        FlagsCommand.self, MaintenanceCommand.self, ReleaseCommand.self, QuarantineCommand.self, ReloadCommand.self,
        CheckCommand.self, ConfigCommand.self, TokenCommand.self, CompletionCommand.self, VersionCommand.self,
        ManualPageCommand.self, CandidatesCommand.self, TaskCommand.self,
    ]

    /// In the order of the list of verbs.
    static let manuals = commands.map { $0.manual } + RoleVerb.allCases.map(\.manual)

    static func manual(_ verb: String) -> Manual? {
        manuals.first { $0.verb == verb }
    }

    /// What to say of a verb that does not exist.
    static func unknown(_ verb: String) -> UsageError {
        if needingEngine.contains(verb) {
            return UsageError("'\(verb)' is Compose's and needs a container engine, which Hale does without")
        }
        let known = manuals.filter { !$0.isHidden }.map(\.verb) + ["help"]
        return UsageError("there is no verb '\(verb)'", suggestion: nearest(verb, in: known))
    }

    private static let needingEngine: Set<String> = [
        "attach", "bridge", "build", "commit", "cp", "create", "export", "images", "ls", "publish", "pull", "push",
        "rm", "volumes",
    ]
}
