internal import Control
internal import Stack

/// One instance of a service, as `--index` names it.
struct InstanceTarget {
    static let index = Option.value("index", of: "NUMBER", help: "which instance; 1 is the first")

    let service: String
    /// From 1; nil is the first that will do.
    let number: Int?

    init(service: String, _ arguments: ParsedArguments) throws(UsageError) {
        self.service = service
        number = try arguments.count(Self.index)
        if number == 0 { throw UsageError("--index is 1 for the first instance") }
    }

    /// The instance, which has a process.
    func find(in status: StackStatus) throws(CommandFailure) -> (id: InstanceID, status: InstanceStatus) {
        _ = try ServiceChoice.names([service], among: Array(status.services.keys))
        let instances = status.services[service]?.instances ?? []
        if let number {
            let id = InstanceID(service, number)
            guard let instance = instances.first(where: { $0.name == id.description }) else {
                throw CommandFailure("'\(service)' has no instance \(number), only \(instances.count)")
            }
            guard instance.pid != nil else { throw Self.notRunning(id.description, instance) }
            return (id, instance)
        }
        for instance in instances where instance.pid != nil {
            guard let id = Self.id(of: instance.name, service) else { continue }
            return (id, instance)
        }
        guard let first = instances.first else { throw CommandFailure("'\(service)' has no instances") }
        throw Self.notRunning(service, first)
    }

    private static func id(of name: String, _ service: String) -> InstanceID? {
        Int(name.dropFirst(service.count + 1)).map { InstanceID(service, $0) }
    }

    private static func notRunning(_ name: String, _ instance: InstanceStatus) -> CommandFailure {
        CommandFailure("'\(name)' is not running (\(instance.state.rawValue)); 'hale start' runs it")
    }
}
