internal import Engines
internal import Glibc
internal import Platform
internal import Stack

/// A container that runs, or has just ended.
struct LaunchedContainer: Sendable {
    var id: String
    var details: ContainerDetails
    /// Why a container that was there was not taken, for the record; nil where there was none or it was taken.
    var replaced: String?
}

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
    let project: String
    let belongings: ContainerProject
    /// Whether the engine's files are this machine's.
    let isLocal: Bool
    /// What registries are shown where an image has to be pulled.
    let credentials: RegistryCredentials

    /// `last` is the container that the instance had last; where it is known to be as the file has it, it is not looked at first.
    func launch(
        _ request: ContainerRequest, last: LastContainer?, _ session: EngineSession
    ) throws -> LaunchedContainer {
        if let last, last.isAsWanted, let launched = try restart(last, request, session) { return launched }
        var present = try find(request, last?.id, session)
        if let going = present, going.State.isGoing {
            try waitUntilGone(going.Id, session)
            present = try find(request, nil, session)
        }
        if let present {
            guard let difference = try difference(of: present, from: request, session) else {
                return try start(present.Id, request, session)
            }
            try session.removeContainer(present.Id)
            return try create(request, replaced: difference, session)
        }
        return try create(request, replaced: nil, session)
    }

    /// Starts a container that is as it should be; nil where it is not there any more.
    private func restart(
        _ last: LastContainer, _ request: ContainerRequest, _ session: EngineSession
    ) throws(EngineError) -> LaunchedContainer? {
        do throws(EngineError) {
            return LaunchedContainer(
                id: last.id, details: try run(last.id, request, path: last.hostsPath, session))
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
        let summaries = try session.containers(labels: [
            "\(ContainerLabels.project)=\(project)", "\(ContainerLabels.service)=\(request.instance.service)",
        ])
        let own = summaries.filter { ContainerLabels.instance($0.Labels ?? [:]) == request.instance }
        guard let summary = own.first(where: { $0.State == "running" }) ?? own.first else { return nil }
        do throws(EngineError) { return try session.container(summary.Id) } catch  where error.isNotFound { return nil }
    }

    /// Why a container cannot run as the instance that is asked for; nil where it can.
    private func difference(
        of present: ContainerDetails, from request: ContainerRequest, _ session: EngineSession
    ) throws -> String? {
        if let part = try Self.difference(of: present.Id, from: request.specification, session) { return part }
        let found = [
            "NetworkMode": present.HostConfig?.NetworkMode, "PidMode": present.HostConfig?.PidMode,
            "IpcMode": present.HostConfig?.IpcMode,
        ]
        for (key, mode) in try request.namespaces() where found[key] != mode {
            return "the container that it shares a namespace with is another one"
        }
        return nil
    }

    /// Where a container differs from what the file asks for, in a few words; nil where it does not.
    static func difference(
        of id: String, from specification: ContainerSpecification, _ session: EngineSession
    ) throws(EngineError) -> String? {
        let container = try session.wholeContainer(id)
        let image = container["Image"]?.text
        let variables = image.flatMap { try? session.imageVariables($0) }
        return ContainerMatch(specification: specification, container: container, imageVariables: variables).difference
    }

    private func start(
        _ id: String, _ request: ContainerRequest, _ session: EngineSession
    ) throws(EngineError) -> LaunchedContainer {
        let details = try session.container(id)
        if details.State.Status == "paused" { try session.unpauseContainer(id) }
        for attachment in request.specification.networks
        where details.NetworkSettings?.Networks?[attachment.network] == nil {
            try session.connect(id, to: attachment.network, request.endpoint(attachment))
        }
        return LaunchedContainer(id: id, details: try run(id, request, path: details.HostsPath, session))
    }

    /// Starts a container that finds others by name from its first instruction on.
    private func run(
        _ id: String, _ request: ContainerRequest, path: String?, _ session: EngineSession
    ) throws(EngineError) -> ContainerDetails {
        guard isLocal, !request.hosts.isEmpty, request.specification.shares.network == nil else {
            try session.startContainer(id)
            return try session.container(id)
        }
        let known =
            path.flatMap { $0.isEmpty ? nil : $0 } ?? (try? session.folder()).map { "\($0)/containers/\(id)/hosts" }
        let watch = known.map { NamesDuringStart(ContainerHostsFile(path: $0, hosts: request.hosts)) }
        defer { watch?.end() }
        try session.startContainer(id)
        let details = try session.container(id)
        if let path = details.HostsPath { try? ContainerHostsFile(path: path, hosts: request.hosts).write() }
        return details
    }

    private func create(
        _ request: ContainerRequest, replaced: String?, _ session: EngineSession
    ) throws -> LaunchedContainer {
        try prepare(request.specification, session)
        let id = try create(request, session)
        do {
            try put(request.specification.files, in: id, session)
            for attachment in request.specification.networks.dropFirst() {
                try session.connect(id, to: attachment.network, request.endpoint(attachment))
            }
            let details = try run(id, request, path: nil, session)
            return LaunchedContainer(id: id, details: details, replaced: replaced)
        } catch {
            // What could not be started is no instance, and would be in the way of the next attempt.
            try? session.removeContainer(id)
            throw error
        }
    }

    private func create(_ request: ContainerRequest, _ session: EngineSession) throws -> String {
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
            try ProjectNetworks.prepare(network, session)
        }
        for volume in belongings.volumes { try prepare(volume, session) }
    }

    private func prepare(_ volume: ContainerProject.Volume, _ session: EngineSession) throws {
        guard try !session.hasVolume(volume.name) else { return }
        guard !volume.isExternal, let configuration = JSONValue(json: volume.configuration) else {
            throw LaunchError(
                "there is no volume '\(volume.name)', which the file calls external; "
                    + "make it with 'docker volume create \(volume.name)'")
        }
        try session.createVolume(volume.name, configuration)
    }
}

/// Makes the networks of a project.
enum ProjectNetworks {
    /// Makes one where it is not there; an external one has to be.
    static func prepare(_ network: ContainerProject.Network, _ session: EngineSession) throws {
        guard try !session.hasNetwork(network.name) else { return }
        guard !network.isExternal, let configuration = JSONValue(json: network.configuration) else {
            throw LaunchError(
                "there is no network '\(network.name)', which the file calls external; "
                    + "make it with 'docker network create \(network.name)'")
        }
        try session.createNetwork(network.name, configuration)
    }
}

extension ContainerDetails.StateDetails {
    /// Whether it is being removed.
    fileprivate var isGoing: Bool { Status == "removing" || Status == "dead" }
}
