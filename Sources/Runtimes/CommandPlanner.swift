public import Platform
public import Stack
public import Wire

/// Plans what the command line runs itself: commands beside an instance, and tasks that have the surroundings of an
/// instance without being one.
public struct CommandPlanner {
    private let planner: LaunchPlanner
    private var addresses: AddressBook

    /// A planner for services of `stack`, with `addresses` as the healer keeps them and the environment that `hale up`
    /// was called in.
    public init(stack: Stack, locations: Locations, callers: [String: String], addresses: AddressBook) {
        planner = LaunchPlanner(
            stack: NetworkNamespaces(locations).found(stack), locations: locations, callers: callers)
        self.addresses = addresses
    }

    /// What makes a command beside `instance`, with the service's user, variables, folder and ulimits where the command
    /// does not say otherwise. It has no deadline.
    public mutating func request(
        _ command: SideCommand, beside instance: InstanceID, of service: Service
    ) throws -> SpawnRequest {
        var request = try planner.request(
            beside: instance, of: placed(service), as: ProcessID(.hook, instance, run: 0), command: command,
            addresses: &addresses)
        request.deadline = nil
        request.limits = ResourceNumbers.limits(of: service.launch.resources)
        return request
    }

    /// What makes a task named `task` with the launch of `service`, at an address that no instance has.
    public mutating func request(task: InstanceID, of service: Service) throws -> SpawnRequest {
        for other in planner.stack.services.keys.sorted() { _ = addresses.address(ofService: other) }
        addresses.lend(to: task)
        var request = try planner.request(for: task, of: placed(service), addresses: &addresses)
        request.notify = false
        request.note = []
        return request
    }

    /// With the network that its instances have.
    private func placed(_ service: Service) -> Service {
        var placed = service
        placed.launch.network = planner.stack.services[service.name]?.launch.network
        return placed
    }

    /// Makes the folders and files that a task expects, which `request` was made for.
    public func prepare(_ request: SpawnRequest, task: InstanceID, of service: Service) throws {
        try planner.prepare(task, of: service, owner: request.credentials)
        guard request.hosts != nil else { return }
        var addresses = addresses
        var hosts = HostsFiles(stack: planner.stack, locations: planner.locations, addresses: &addresses)
        // Without it the task runs all the same, and says that it finds nobody by name.
        try? hosts.prepare(task, of: service, isTask: true, addresses: &addresses)
    }

    /// Removes what was made for a task, at its end.
    public static func removeFiles(of task: InstanceID, in locations: Locations) {
        removeTree("\(locations.files)/\(task)")
        removeFile(HostsFiles.path(of: task, in: locations))
    }
}
