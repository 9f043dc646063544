internal import Compose
internal import Control
internal import Stack

extension ConfigurationSource {
    /// The stack that the files describe now, read as they were read before and for what it runs on.
    func stack(on runtime: RuntimeChoice) throws(ComposeError) -> Stack {
        let options = ComposeOptions(
            files: files, projectDirectory: projectDirectory, projectName: projectName, profiles: profiles,
            environmentFiles: environmentFiles, environment: environment, currentDirectory: projectDirectory)
        return try runtime.stack(
            of: ComposeProject.load(options), services: services, withoutDependencies: withoutDependencies)
    }
}
