/// What to load: the flags and the surroundings of a command.
public struct ComposeOptions: Sendable {
    /// The files that `-f` names, in order; empty looks for `compose.yaml` and its kin upwards from the current
    /// directory, or for those that `COMPOSE_FILE` names.
    public var files: [String]
    /// `--project-directory`; nil is the folder of the first file.
    public var projectDirectory: String?
    /// `-p`; nil takes `COMPOSE_PROJECT_NAME`, the file's `name`, or the name of the project directory.
    public var projectName: String?
    /// `--profile`; empty takes those of `COMPOSE_PROFILES`.
    public var profiles: [String]
    /// `--env-file`; empty is the `.env` of the project directory, if there is one.
    public var environmentFiles: [String]
    /// The environment of the command.
    public var environment: [String: String]
    /// What relative paths of the command line are relative to; absolute.
    public var currentDirectory: String

    /// Options as if no flag was given.
    public init(
        files: [String] = [], projectDirectory: String? = nil, projectName: String? = nil, profiles: [String] = [],
        environmentFiles: [String] = [], environment: [String: String] = [:], currentDirectory: String = "/"
    ) {
        self.files = files
        self.projectDirectory = projectDirectory
        self.projectName = projectName
        self.profiles = profiles
        self.environmentFiles = environmentFiles
        self.environment = environment
        self.currentDirectory = currentDirectory
    }
}
