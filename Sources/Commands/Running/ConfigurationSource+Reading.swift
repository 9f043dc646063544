internal import Compose
internal import Control
internal import Stack

extension ConfigurationSource {
    /// The stack that the files describe now, read as they were read before.
    func stack() throws(ComposeError) -> Stack {
        let options = ComposeOptions(
            files: files, projectDirectory: projectDirectory, projectName: projectName, profiles: profiles,
            environmentFiles: environmentFiles, environment: environment, currentDirectory: projectDirectory)
        return try ComposeProject.load(options).stack(
            scale: scale, services: services, withoutDependencies: withoutDependencies)
    }
}
