internal import Compose
internal import Control
internal import Stack

/// What runs, with what it lacks of the files: nothing that runs is changed by it.
struct StackAddition {
    let request: ApplyRequest
    /// Services that do not run yet, sorted.
    let added: [String]

    /// Adds those of `chosen` that `saved` lacks.
    init(_ chosen: Stack, of project: ComposeProject, to saved: ApplyRequest?, _ session: Session) {
        var stack =
            saved?.stack
            ?? Stack(
                name: chosen.name, directory: chosen.directory, services: [],
                restartConcurrency: chosen.restartConcurrency, statusAddress: chosen.statusAddress,
                isolatesNetworks: chosen.isolatesNetworks)
        added = chosen.services.keys.filter { stack.services[$0] == nil }.sorted()
        for name in added { stack.services[name] = chosen.services[name] }
        if let more = chosen.containers { stack.containers = stack.containers?.adding(more) ?? more }
        var source =
            saved?.source
            ?? ConfigurationSource(
                files: project.files, projectDirectory: project.directory, projectName: project.name,
                environmentFiles: session.globals.environmentFiles.map(session.absolute),
                environment: session.environment, withoutDependencies: true)
        // A later reload must find the same again: an empty list of services is all of them, those added included.
        if saved == nil || !source.services.isEmpty { source.services = (source.services + added).sorted() }
        if !added.isEmpty {
            source.profiles += session.globals.profiles.filter { !source.profiles.contains($0) }
        }
        request = ApplyRequest(stack: stack, source: source)
    }
}
