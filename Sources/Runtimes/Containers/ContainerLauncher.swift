internal import Engines
internal import Glibc
internal import Platform
internal import Stack

/// The container that an instance had when it ended.
struct LastContainer: Sendable {
    var id: String
    /// Whether it is as the file has it.
    var isAsWanted: Bool
    /// Its file of names on this machine.
    var hostsPath: String?
}

/// Has an instance's container run: the one that is there where that will do, otherwise a new one. For a thread that may wait.
struct ContainerLauncher: Sendable {
    let belongings: ContainerProject
    /// Where the engine keeps what belongs to containers; nil where that is not on this machine.
    let engineFolder: String?
    /// What registries are shown where an image has to be pulled.
    let credentials: RegistryCredentials

    /// The container, which runs or has just ended. `last` is the one that the instance had last; where it is known to be as the
    /// file has it, it is not looked at first.
    func launch(
        _ request: ContainerRequest, last: LastContainer?, _ session: EngineSession
    ) throws -> ContainerDetails {
        if let last, last.isAsWanted, let restarted = try restart(last, request, session) { return restarted }
        var present = try find(request, last?.id, session)
        if let going = present, going.State.isGoing {
            try waitUntilGone(going.Id, session)
            present = try find(request, nil, session)
        }
        if let present {
            if try suits(present, request, session) { return try start(present, request, session) }
            try session.removeContainer(present.Id)
        }
        return try create(request, session)
    }

    /// Starts a container that is as it should be; nil where it is not there any more.
    private func restart(
        _ last: LastContainer, _ request: ContainerRequest, _ session: EngineSession
    ) throws(EngineError) -> ContainerDetails? {
        do throws(EngineError) {
            return try run(last.id, request, hostsPath: last.hostsPath, session)
        } catch {
            guard error.isNotFound || error.isConflict else { throw error }
            guard let present = try session.containerIfPresent(last.id) else { return nil }
            guard present.State.isGoing else { throw error }
            return nil
        }
    }

    /// Somebody who removes a container does it on their own; what comes after has to wait for that.
    private func waitUntilGone(_ id: String, _ session: EngineSession) throws(EngineError) {
        for _ in 0..<Self.removalRounds {
            guard try session.containerIfPresent(id)?.State.isGoing == true else { return }
            usleep(Self.removalPause)
        }
    }

    private static let removalRounds = 200
    private static let removalPause: UInt32 = 50_000

    /// The container of the instance, if there is one; one that was made under its name by nobody of the project is none.
    private func find(
        _ request: ContainerRequest, _ id: String?, _ session: EngineSession
    ) throws(EngineError) -> ContainerDetails? {
        if let id, let present = try session.containerIfPresent(id) { return present }
        let own = try session.containers(ofProject: request.stack.name).filter { $0.instance == request.instance }
        guard let found = own.first(where: { $0.summary.State == "running" }) ?? own.first else { return nil }
        return try session.containerIfPresent(found.summary.Id)
    }

    /// Whether a container can run as the instance that is asked for.
    private func suits(
        _ present: ContainerDetails, _ request: ContainerRequest, _ session: EngineSession
    ) throws -> Bool {
        guard try Self.difference(of: present, from: request.specification, session) == nil else { return false }
        let found = [
            "NetworkMode": present.HostConfig?.NetworkMode, "PidMode": present.HostConfig?.PidMode,
            "IpcMode": present.HostConfig?.IpcMode,
        ]
        // The container that it shares a namespace with may be another one by now.
        return try request.namespaces().allSatisfy { found[$0.key] == $0.value }
    }

    /// Where a container differs from what the file asks for, in a few words; nil where it does not.
    static func difference(
        of details: ContainerDetails, from specification: ContainerSpecification, _ session: EngineSession
    ) throws(EngineError) -> String? {
        if details.Config.Labels?[ContainerSpecification.markLabel] == specification.mark,
            specification.imageID == nil || details.Image == specification.imageID
        {
            return nil
        }
        let container = try session.wholeContainer(details.Id)
        let variables = details.Image.flatMap { try? session.image($0)?.Config?.Env ?? [] }
        return ContainerMatch(specification: specification, container: container, imageVariables: variables).difference
    }

    private func start(
        _ present: ContainerDetails, _ request: ContainerRequest, _ session: EngineSession
    ) throws(EngineError) -> ContainerDetails {
        if present.State.Status == "paused" { try session.unpauseContainer(present.Id) }
        for attachment in request.specification.networks
        where present.NetworkSettings?.Networks?[attachment.network] == nil {
            try session.connect(present.Id, to: attachment.network, request.endpoint(attachment))
        }
        return try run(present.Id, request, hostsPath: present.HostsPath, session)
    }

    /// Starts a container that finds others by name from its first instruction on.
    private func run(
        _ id: String, _ request: ContainerRequest, hostsPath: String?, _ session: EngineSession
    ) throws(EngineError) -> ContainerDetails {
        guard let engineFolder, !request.hosts.isEmpty, request.specification.shares.network == nil else {
            try session.startContainer(id)
            return try session.container(id)
        }
        // It is said only once there was a start.
        let path = hostsPath.flatMap { $0.isEmpty ? nil : $0 } ?? "\(engineFolder)/containers/\(id)/hosts"
        let watch = NamesDuringStart(ContainerHostsFile(path: path, hosts: request.hosts))
        defer { watch.end() }
        try session.startContainer(id)
        let details = try session.container(id)
        if let path = details.HostsPath { try? ContainerHostsFile(path: path, hosts: request.hosts).write() }
        return details
    }

    private func create(_ request: ContainerRequest, _ session: EngineSession) throws -> ContainerDetails {
        try prepare(request.specification, session)
        let id = try createStopped(request, session)
        do {
            try put(request.specification.files, in: id, session)
            for attachment in request.specification.networks.dropFirst() {
                try session.connect(id, to: attachment.network, request.endpoint(attachment))
            }
            return try run(id, request, hostsPath: nil, session)
        } catch {
            // What could not be started is no instance, and would be in the way of the next attempt.
            try? session.removeContainer(id)
            throw error
        }
    }

    /// The identifier of a new container.
    private func createStopped(_ request: ContainerRequest, _ session: EngineSession) throws -> String {
        let (body, specification) = (try request.body(), request.specification)
        do throws(EngineError) {
            return try session.createContainer(name: request.name, platform: specification.platform, body)
        } catch {
            // An image that somebody has removed meanwhile is had again.
            guard error.isNotFound, specification.pullPolicy != .never else { throw error }
            try ImageStore(session, credentials: credentials).pull(
                ImageReference(specification.image), platform: specification.platform)
            return try session.createContainer(name: request.name, platform: specification.platform, body)
        }
    }

    private func put(_ files: [ContainerFile], in id: String, _ session: EngineSession) throws(EngineError) {
        guard !files.isEmpty else { return }
        let archived = files.map {
            TarFile(path: $0.path, content: Array($0.content.utf8), mode: $0.mode, user: $0.user, group: $0.group)
        }
        try session.putArchive(TarArchive.archive(of: archived, withFolders: true), in: id, at: "/")
    }

    /// Makes the networks and volumes that the container needs, where they are not there.
    private func prepare(_ specification: ContainerSpecification, _ session: EngineSession) throws {
        let wanted = Set(specification.networks.map(\.network))
        for network in belongings.networks where wanted.contains(network.name) {
            try ProjectResources.prepareNetwork(network, session)
        }
        for volume in belongings.volumes { try ProjectResources.prepareVolume(volume, session) }
    }
}

/// Makes what a project has besides containers, where it is not there. What is external has to be.
enum ProjectResources {
    static func prepareNetwork(_ network: ContainerProject.Resource, _ session: EngineSession) throws {
        guard try session.network(network.name) == nil else { return }
        try session.createNetwork(network.name, configuration(of: network, "network"))
    }

    static func prepareVolume(_ volume: ContainerProject.Resource, _ session: EngineSession) throws {
        guard try !session.hasVolume(volume.name) else { return }
        try session.createVolume(volume.name, configuration(of: volume, "volume"))
    }

    private static func configuration(
        of resource: ContainerProject.Resource, _ kind: String
    ) throws(LaunchError) -> JSONValue {
        guard !resource.isExternal, let configuration = JSONValue(json: resource.configuration) else {
            throw LaunchError(
                "there is no \(kind) '\(resource.name)', which the file calls external; "
                    + "make it with 'docker \(kind) create \(resource.name)'")
        }
        return configuration
    }
}

extension ContainerDetails.StateDetails {
    /// Whether it is being removed.
    fileprivate var isGoing: Bool { Status == "removing" || Status == "dead" }
}
