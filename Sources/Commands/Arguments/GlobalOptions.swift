internal import Compose

/// The flags that every verb takes, before or after it.
struct GlobalOptions: Equatable {
    enum Ansi: String, CaseIterable { case never, always, auto }

    static let file = Option.repeated("file", "f", of: "PATH", help: "Compose file; given again, the files are merged")
    static let projectName = Option.value("project-name", "p", of: "NAME", help: "name of the project")
    static let projectDirectory = Option.value(
        "project-directory", of: "PATH", help: "folder of the project (default: that of the first Compose file)")
    static let profile = Option.repeated("profile", of: "NAME", help: "switch a profile on")
    static let environmentFile = Option.repeated(
        "env-file", of: "PATH", help: "file with variables (default: .env of the project folder)")
    static let ansi = Option.value(
        "ansi", of: "WHEN", help: "colours and redrawing: auto, always or never", choices: Ansi.self)
    static let noColor = Option.flag("no-color", help: "no colours, as with NO_COLOR in the environment")
    static let help = Option.flag("help", "h", help: "show what a verb does")
    static let version = Option.flag("version", "v", help: "show the version")

    /// Those that may follow the verb, too.
    static let options = [
        file, projectName, projectDirectory, profile, environmentFile, ansi, noColor, help,
    ]

    var files: [String]
    var projectName: String?
    var projectDirectory: String?
    var profiles: [String]
    var environmentFiles: [String]
    var ansi: Ansi
    var isColorAllowed: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        files = arguments.all(Self.file)
        projectName = arguments.value(Self.projectName)
        projectDirectory = arguments.value(Self.projectDirectory)
        profiles = arguments.all(Self.profile)
        environmentFiles = arguments.all(Self.environmentFile)
        ansi = try arguments.choice(Self.ansi, Ansi.self) ?? .auto
        isColorAllowed = !arguments.isOn(Self.noColor)
    }

    func composeOptions(environment: [String: String], currentDirectory: String) -> ComposeOptions {
        ComposeOptions(
            files: files, projectDirectory: projectDirectory, projectName: projectName, profiles: profiles,
            environmentFiles: environmentFiles, environment: environment, currentDirectory: currentDirectory)
    }
}
