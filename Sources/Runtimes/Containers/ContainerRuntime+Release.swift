internal import Engines
internal import Platform
internal import Stack

extension ContainerRuntime {
    /// Gives the containers back to the engine as they are, with the restart policies that they would have without Hale. `then`
    /// gets what could not be done, a sentence each.
    public func release(then: @escaping ([String]) -> Void) {
        let policies = members.map { instance, member in
            let own = stack.services[instance.service]?.launch.container?.restart
            return (
                name: instance.description, container: member.container,
                policy: book.policies[member.container] ?? own ?? EngineRestartPolicy()
            )
        }
        removeNames()
        link.perform("all") { session in
            policies.sorted { $0.name < $1.name }.compactMap { name, container, policy -> String? in
                do throws(EngineError) {
                    try session.updateContainer(container, restart: policy)
                    return nil
                } catch {
                    return "the restart policy of \(name) could not be set: \(error)"
                }
            }
        } then: { [weak self] result in
            self?.book = ContainerBook()
            switch result {
            case .success(let problems): then(problems)
            case .failure(let error): then(["\(error)"])
            }
        }
    }

    /// Removes the project's containers and networks, and with `volumes` its volumes. `then` gets what could not be removed, a
    /// sentence each.
    public func remove(volumes: Bool, then: @escaping ([String]) -> Void) {
        removeNames()
        let removal = ProjectRemoval(
            project: project, belongings: stack.containers ?? ContainerProject(), removesVolumes: volumes)
        link.perform("all") { session in
            try removal.run(session)
        } then: { [weak self] result in
            self?.book = ContainerBook()
            switch result {
            case .success(let problems): then(problems)
            case .failure(let error): then(["what the engine has of the project is left there: \(error)"])
            }
        }
    }
}

/// Takes away what a project has in an engine.
struct ProjectRemoval: Sendable {
    let project: String
    let belongings: ContainerProject
    let removesVolumes: Bool

    /// What could not be removed, a sentence each.
    func run(_ session: EngineSession) throws(EngineError) -> [String] {
        var problems: [String] = []
        let label = ComposeLabels.of(project: project)
        try removeContainers(label, &problems, session)
        let networks = Set(belongings.networks.filter { !$0.isExternal }.map(\.name)).union(try session.networks(label))
        for network in networks.sorted() {
            attempt("network \(network)", &problems) { () throws(EngineError) in try session.removeNetwork(network) }
        }
        guard removesVolumes else { return problems }
        let volumes = Set(belongings.volumes.filter { !$0.isExternal }.map(\.name)).union(try session.volumes(label))
        for volume in volumes.sorted() {
            attempt("volume \(volume)", &problems) { () throws(EngineError) in try session.removeVolume(volume) }
        }
        return problems
    }

    /// Podman keeps a container for as long as another one shares a namespace with it, so what was refused is tried again once
    /// others are gone.
    private func removeContainers(
        _ label: String, _ problems: inout [String], _ session: EngineSession
    ) throws(EngineError) {
        var present = try session.containers(labels: [label])
        var refusals: [String] = []
        repeat {
            refusals = []
            for container in present {
                attempt("container \(container.Names?.first ?? container.Id)", &refusals) { () throws(EngineError) in
                    try session.removeContainer(container.Id, volumes: removesVolumes)
                }
            }
            let before = present.count
            present = refusals.isEmpty ? [] : try session.containers(labels: [label])
            if present.count == before { break }
        } while !present.isEmpty
        problems += refusals
    }

    private func attempt(_ what: String, _ problems: inout [String], _ body: () throws(EngineError) -> Void) {
        do throws(EngineError) {
            try body()
        } catch {
            if !error.isNotFound { problems.append("\(what) is left: \(error)") }
        }
    }
}
