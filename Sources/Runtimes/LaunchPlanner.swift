internal import FoundationEssentials
internal import Glibc
internal import Platform
internal import Stack
internal import Wire

/// Turns "start this instance" into everything the keeper needs: words, variables, folders, user, limits.
struct LaunchPlanner {
    let stack: Stack
    let locations: Locations
    let callers: [String: String]

    /// Makes the folders and files that `instance` expects.
    func prepare(_ instance: InstanceID, of service: Service, owner: Credentials?) throws {
        for volume in service.launch.volumes {
            try VolumeFolder.prepare(volume, for: instance, in: locations, owner: owner)
        }
        try MountedFiles.prepare(service.launch.files, for: instance, in: locations, owner: owner)
    }

    /// The request that starts `instance`, but for the number of its run.
    func request(
        for instance: InstanceID, of service: Service, addresses: inout AddressBook
    ) throws -> SpawnRequest {
        let launch = service.launch
        guard !launch.command.isEmpty else {
            throw LaunchError(
                "nothing to run without a container engine: give it x-hale.run or a command in the Compose file")
        }
        let identity = try identity(launch.user)
        let variables = variables(for: instance, of: service, identity: identity, addresses: &addresses)
        return SpawnRequest(
            process: ProcessID(.service, instance, run: 0),
            arguments: launch.command.map { VariableFilling.fill($0, from: variables) },
            environment: lines(variables),
            workingDirectory: workingDirectory(launch.workingDirectory, variables: variables),
            credentials: identity?.credentials,
            limits: ResourceNumbers.limits(of: launch.resources),
            cgroup: cgroup(for: instance, resources: launch.resources),
            output: .log(
                path: "\(locations.logs)/\(instance).log", size: service.logging.size, files: service.logging.files),
            notify: true,
            note: Array((try? JSONEncoder().encode(launch)) ?? Data()),
            hosts: hosts(of: instance),
            network: launch.network
        )
    }

    /// The request for a command beside `instance`: a health check or a hook, with the service's user and variables.
    func request(
        beside instance: InstanceID, of service: Service, as process: ProcessID, command: SideCommand,
        addresses: inout AddressBook
    ) throws -> SpawnRequest {
        let identity = try identity(command.user ?? service.launch.user)
        var variables = variables(for: instance, of: service, identity: identity, addresses: &addresses)
        for (name, value) in command.environment {
            variables[name] = VariableFilling.fill(value, from: variables)
        }
        let folder = command.workingDirectory ?? service.launch.workingDirectory
        return SpawnRequest(
            process: process,
            arguments: command.arguments.map { VariableFilling.fill($0, from: variables) },
            environment: lines(variables),
            workingDirectory: workingDirectory(folder, variables: variables),
            credentials: identity?.credentials,
            output: .capture(limit: SideCommand.outputLimit),
            deadline: command.timeout,
            hosts: hosts(of: instance),
            network: service.launch.network
        )
    }

    private func hosts(of instance: InstanceID) -> String? {
        HostsFiles.isAllowed ? HostsFiles.path(of: instance, in: locations) : nil
    }

    private func variables(
        for instance: InstanceID, of service: Service, identity: UserIdentity?, addresses: inout AddressBook
    ) -> [String: String] {
        let maker = InstanceEnvironment(stack: stack, locations: locations, callers: callers)
        var variables = maker.variables(for: instance, of: service, addresses: &addresses)
        if let identity {
            for (name, value) in [("HOME", identity.home), ("USER", identity.name), ("LOGNAME", identity.name)]
            where service.launch.environment[name] == nil {
                variables[name] = value
            }
        }
        return variables
    }

    /// Who to run as; nil is Hale's own user, which is all that a Hale without root can offer.
    private func identity(_ user: String?) throws -> UserIdentity? {
        guard let user, !user.isEmpty, geteuid() == 0 else { return nil }
        return try UserIdentity.lookUp(user)
    }

    private func workingDirectory(_ folder: String?, variables: [String: String]) -> String {
        guard let folder else { return stack.directory }
        let filled = VariableFilling.fill(folder, from: variables)
        return filled.hasPrefix("/") ? filled : stack.directory + "/" + filled
    }

    private func lines(_ variables: [String: String]) -> [String] {
        variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }

    private func cgroup(for instance: InstanceID, resources: ResourceLimits) -> CgroupRequest {
        CgroupRequest(
            path: "\(stack.name)/\(instance)", memory: resources.memory, processors: resources.processors,
            processes: resources.processes)
    }
}

extension UserIdentity {
    /// The user as the keeper takes it.
    var credentials: Credentials {
        Credentials(user: user, group: group, supplementary: supplementary)
    }
}

/// Why an instance cannot be started, in a sentence.
struct LaunchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
