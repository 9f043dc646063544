internal import Compose
internal import Control
internal import Platform

/// The surroundings of one command: the global flags, the environment and where it prints.
struct Session {
    let globals: GlobalOptions
    /// With the paths that place Hale's files made absolute, as Hale's own processes run in the root folder.
    let environment: [String: String]
    let currentDirectory: String
    let console: Console
    /// Where one started this process.
    var serviceManager: ServiceManager?

    /// The project as the flags describe it.
    func project() throws(ComposeError) -> ComposeProject {
        try ComposeProject.load(
            globals.composeOptions(environment: environment, currentDirectory: currentDirectory))
    }

    /// Where the files and sockets of the project are, for verbs that need nothing else of it.
    func locations() throws -> Locations {
        Locations(project: try projectName(), environment: environment)
    }

    func locations(of project: ComposeProject) -> Locations {
        Locations(project: project.name, environment: environment)
    }

    /// The same, with what may not be meant said on standard error.
    func projectWithWarnings() throws(ComposeError) -> ComposeProject {
        let project = try project()
        for warning in project.warnings { console.note("\(warning)") }
        return project
    }

    /// A path of the command line as an absolute one.
    func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : currentDirectory + "/" + path
    }

    private func projectName() throws -> String {
        if let name = globals.projectName {
            try ProjectName.check(name)
            return name
        }
        do {
            return try project().name
        } catch {
            // A file that someone broke must not keep anybody from stopping what runs.
            guard let name = ProjectName.guess(globals, environment: environment, directory: currentDirectory) else {
                throw error
            }
            console.note("hale: going by the project name '\(name)', as the Compose file cannot be used:\n\(error)")
            return name
        }
    }
}
